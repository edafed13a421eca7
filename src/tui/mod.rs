//! The full-screen application.

pub mod analyses;
pub mod app;
pub mod areas;
pub mod context;
pub mod draft;
pub mod files;
pub mod folder;
pub mod keymap;
pub mod log;
pub mod public_key;
pub mod quotes;
pub mod reply;
pub mod run;
pub mod screens;
pub mod server_state;
pub mod session;
pub mod terminal;
pub mod theme;
pub mod typed_path;
pub mod widgets;
pub mod worker;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;

use crate::config::{Config, Prevalence};
use crate::place;
use crate::store::{Store, password};
use app::App;
use context::Notice;
use run::End;
use terminal::LocalTerminal;
use theme::Theme;

/// Longest time that running work may delay the end.
const LAST_CHANCE: Duration = Duration::from_millis(200);

/// Opens the application on the terminal of the process, and returns when it ends. Without `store` it opens the one of
/// the home when it is first needed.
pub fn start(config: Config, store: Option<Store>) -> anyhow::Result<ExitCode> {
    let start = Instant::now();
    let wanted = config.theme.as_deref().unwrap_or(Theme::DEFAULT);
    let theme = Theme::load(wanted, &config.home.join("themes"))?;
    if let Some(table) = keymap::own::load(&config.home.join("keys.toml"))? {
        keymap::use_own(table);
    }
    let log_error = log::open(&config.home, "warn").err();
    let start_folder = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/"));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the program could not start its threads")?;
    let end = runtime.block_on(async {
        let terminal = LocalTerminal::enter().context("LUNNY could not open the terminal")?;
        let session = terminal.session(&config)?;
        let mut app = App::new(
            theme,
            session.capabilities.clone(),
            session.size,
            run::moment(start),
            config.home.clone(),
            start_folder,
        )
        .locking_after(config.lock_after)
        .at_prevalence(config.reading.prevalence.map(Prevalence::share));
        if let Some(error) = log_error {
            app.tell(Notice::warning(error.to_string()));
        }
        let place = place::here();
        let services = Arc::new(match store {
            Some(store) => worker::Services::with_store(config, store.at_place(&place)),
            None => worker::Services::new(config, place),
        });
        // The strength meter loads its dictionaries at the first use; no key should wait for that.
        tokio::task::spawn_blocking(|| password::strength("dictionaries", &[]));
        let end = run::run(app, session, services, start, || terminal.suspend()).await;
        // The terminal is restored before anything is printed or waited for.
        drop(terminal);
        anyhow::Ok(end?)
    });
    runtime.shutdown_timeout(LAST_CHANCE);
    Ok(match end? {
        End::Left => ExitCode::SUCCESS,
        // Exit code of a process that a signal ended, as shells report it.
        End::Signalled(number) => ExitCode::from(128 + number.clamp(0, 127) as u8),
        End::HungUp => ExitCode::FAILURE,
    })
}
