//! The application as a session of a server.

use std::sync::Arc;

use lunny::tui::files::Files;
use lunny::tui::server_state::ServerState;
use lunny::tui::worker::Services;

use super::Stage;

impl Stage {
    /// A session of a server in the state that `state` tells.
    pub fn on_a_server(
        columns: u16,
        rows: u16,
        state: impl Fn() -> ServerState + Send + Sync + 'static,
    ) -> Self {
        let stage = Self::new(columns, rows, 0.1);
        let files = Files::Areas(stage.home().join("files"));
        let resources = Arc::clone(stage.services.resources());
        resources.on_server(move || Some(state()));
        Self {
            app: stage.app.on_a_server(files.clone()),
            services: Services::of(resources, "192.0.2.7 (SSH)".to_owned(), files),
            ..stage
        }
    }
}
