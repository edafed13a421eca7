//! The commands that are offered, from the table of them.

use clap::CommandFactory;

/// The sentence for a command that is not offered.
pub(super) fn sentence() -> String {
    let names = names();
    let listed = match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    };
    format!("Over SSH LUNNY runs {listed}; files are moved with sftp, or scp -s.")
}

/// The names of all commands, such as `scan info`.
pub(super) fn names() -> Vec<String> {
    let table = super::Arguments::command();
    let below = |command: &clap::Command| -> Vec<String> {
        let named = command.get_subcommands();
        let names = named.map(|command| command.get_name().to_owned());
        names.filter(|name| name != "help").collect()
    };
    let commands = table.get_subcommands();
    let commands = commands.filter(|command| command.get_name() != "help");
    commands
        .flat_map(|command| {
            let name = command.get_name();
            match below(command).as_slice() {
                [] => vec![name.to_owned()],
                below => below
                    .iter()
                    .map(|other| format!("{name} {other}"))
                    .collect(),
            }
        })
        .collect()
}
