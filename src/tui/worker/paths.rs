//! Paths in requests and answers: as the user sees them on one side, as the machine has them on the other. See
//! [`crate::tui::files`].
//!
//! Requests with a path are listed in [`named`]; a test of the repository finds others. The path of an exam's scan stays that
//! of the machine, also in the records: for another account it leads nowhere, never to another scan of the same name.

use std::path::{Path, PathBuf};

use super::{
    Answer, Request, accounts, attachments, audit, export, folders, follow_up, import, pages,
    patients, pictures, reports, series, sheets, themes, worklist,
};
use crate::store::AccountId;
use crate::tui::files::Files;

/// The paths that a user named in a request.
fn named(request: &mut Request) -> Option<&mut PathBuf> {
    Some(match request {
        Request::Accounts(accounts::Request::SaveSecret { folder, .. })
        | Request::Attachments(attachments::Request::Save { folder, .. })
        | Request::Folders(folders::Request::List { folder, .. })
        | Request::FollowUp(
            follow_up::Request::Letters { folder, .. }
            | follow_up::Request::Export { folder, .. }
            | follow_up::Request::SaveFigures { folder, .. },
        )
        | Request::Pages(pages::Request::Save { folder, .. })
        | Request::Reports(reports::Request::SaveText { folder, .. })
        | Request::Sheets(sheets::Request::Write { folder, .. })
        | Request::Worklist(worklist::Request::Export { folder, .. }) => folder,
        Request::Attachments(attachments::Request::Add { path, .. })
        | Request::PatientForm(patients::Request::ReadPhoto(path))
        | Request::Series(
            series::Request::Open { path, .. }
            | series::Request::Peek { path, .. }
            | series::Request::Tags(path)
            | series::Request::Sample(path),
        ) => path,
        Request::Audit(audit::Request::Export { file, .. })
        | Request::Import(import::Request::Open { file, .. })
        | Request::Import(import::Request::Run {
            broken: Some(file), ..
        }) => file,
        Request::Export(export::Request::Export { wanted, .. }) => &mut wanted.folder,
        Request::Pictures(pictures::Request::OfExam { source, .. }) => source,
        _ => return None,
    })
}

/// Makes the path in a request one of the machine. Themes are those of LUNNY's folder, `home`, for the users of a server, too.
pub(super) fn resolve(
    files: &Files,
    account: Option<AccountId>,
    home: &Path,
    request: &mut Request,
) {
    if let Request::Themes(themes::Request::List { folder } | themes::Request::Own { folder, .. }) =
        request
    {
        if *files != Files::Machine {
            *folder = home.join("themes");
        }
        return;
    }
    if let Some(path) = named(request) {
        *path = files.real(account, path);
    }
}

/// Makes the paths in an answer those that the user sees.
pub(super) fn present(files: &Files, account: Option<AccountId>, answer: &mut Answer) {
    if *files == Files::Machine {
        return;
    }
    let shown = |path: &mut PathBuf| {
        // A file outside the area has no path in it.
        *path = files.shown(account, path).unwrap_or_default();
    };
    match answer {
        Answer::Folders(folders::Answer::Recent(Ok(folders))) => {
            *folders = (folders.iter())
                .filter_map(|folder| files.shown(account, folder))
                .collect();
        }
        Answer::Folders(folders::Answer::Listed(Ok(listing))) => {
            shown(&mut listing.folder);
            listing.asked_for.as_mut().map(shown);
            for entry in &mut listing.entries {
                shown(&mut entry.path);
            }
        }
        Answer::Export(export::Answer::Folder(Ok(folder))) => {
            let of_area = |folder: String| files.shown(account, Path::new(&folder));
            let last = folder.take().and_then(of_area);
            *folder = last.map(|folder| folder.to_string_lossy().into_owned());
        }
        Answer::Export(export::Answer::Exported(exported)) => {
            exported.files.iter_mut().for_each(shown);
        }
        Answer::PatientForm(patients::Answer::PhotoRead { path, .. })
        | Answer::Accounts(accounts::Answer::SecretSaved(Ok(path)))
        | Answer::Attachments(attachments::Answer::Saved(Ok(path)))
        | Answer::Audit(audit::Answer::Exported(Ok((_, path))))
        | Answer::FollowUp(follow_up::Answer::FiguresSaved(Ok(path)))
        | Answer::Pages(pages::Answer::Saved(Ok(path)))
        | Answer::Reports(reports::Answer::TextSaved {
            saved: Ok(path), ..
        }) => shown(path),
        _ => {}
    }
}
