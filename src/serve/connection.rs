//! One client's SSH connection: signing in to it, its channels, and what they may be used for.
//!
//! With a user name that is no email the method `none` leads to the sign-in screen and to nothing else. With the email of an
//! account its keys and its password sign in, with the code of the second factor where it has one: for files, and with a key for
//! the application. There is no shell, no command but a few of LUNNY's own, no forwarding and no agent.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use ratatui::layout::Size;
use russh::server::{
    Auth, ChannelOpenHandle, Handle, Handler, Msg, PublicKeyOffer, Response, Session,
    VerifiedPublicKey,
};
use russh::{Channel, ChannelId, ChannelOpenFailure, MethodKind, MethodSet, Pty};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::block_in_place;
use zeroize::Zeroizing;

use super::account::{Proof, SignedIn, refused};
use super::commands::{self, Command, LONGEST};
use super::files::{LARGEST_REQUEST, Transfer};
use super::output::Wire;
use super::pump::Pump;
use super::refused::Refused;
use super::session::{self, Start};
use super::sessions::Connected;
use super::terminal::{self, Incoming, Told};
use super::{STANDARD_ERROR, Server};
use crate::cancel::Owner;
use crate::store::StoreError;
use crate::tui::public_key;

/// Maximum number of channels of one connection.
const CHANNELS: usize = 4;

/// Pieces of input that wait for a session. A client that sends more waits itself.
const WAITING: usize = 16;

/// Question for the code of the second factor.
const CODE: &str = "Code of your authenticator, or a recovery code: ";

/// State of one connection. It ends with the connection, and with it everything that its clients see.
pub(super) struct Connection {
    server: Arc<Server>,
    address: IpAddr,
    /// Proof of an account's identity that waits for the code of the second factor.
    proof: Option<Proof>,
    signed_in: Option<Arc<SignedIn>>,
    channels: HashMap<ChannelId, Open>,
    /// Used once a channel is in use: the connection may stay.
    settled: Option<oneshot::Sender<()>>,
    /// Dropped with the connection, so that nothing waits for a client that is gone.
    over: watch::Sender<()>,
    _connected: Connected,
}

/// One channel.
struct Open {
    /// Until the channel is used for something.
    channel: Option<Channel<Msg>>,
    told: Told,
    size: Option<Size>,
    /// Where its session gets its input, if it has one.
    running: Option<Running>,
    /// True if files are transferred on it.
    transfers: bool,
    /// Stops its command with the channel.
    command: Option<Owner>,
}

struct Running {
    bytes: mpsc::Sender<Vec<u8>>,
    size: watch::Sender<Size>,
}

impl Connection {
    /// State of a new connection, and a signal for when it is in use.
    pub(super) fn new(
        server: Arc<Server>,
        address: IpAddr,
        connected: Connected,
    ) -> (Self, oneshot::Receiver<()>) {
        let (settled, in_use) = oneshot::channel();
        let connection = Self {
            server,
            address,
            proof: None,
            signed_in: None,
            channels: HashMap::new(),
            settled: Some(settled),
            over: watch::channel(()).0,
            _connected: connected,
        };
        (connection, in_use)
    }

    /// Begins a session on a channel.
    fn begin(&mut self, channel: ChannelId, handle: Handle) -> Result<(), Refused> {
        let open = self.channels.get_mut(&channel);
        let open = open.filter(|open| open.running.is_none());
        let open = open.ok_or(Refused::Fault)?;
        let size = open.size.ok_or(Refused::NoTerminal)?;
        let (seat, asked) = self.server.sessions.begin(self.address)?;
        let own = open.channel.take().ok_or(Refused::Fault)?;
        // Input is taken from the callbacks below.
        let (_, writer) = own.split();
        let (bytes, received) = mpsc::channel(WAITING);
        let (resize, sizes) = watch::channel(size);
        let (wire, sent, written) = Wire::new();
        let start = Start {
            server: Arc::clone(&self.server),
            seat,
            address: self.address,
            told: open.told.clone(),
            signed_in: self.signed_in.as_ref().and_then(|one| one.take_over()),
            size,
            incoming: Incoming {
                bytes: received,
                size: sizes,
            },
            asked,
            wire,
            sent: Arc::clone(&sent),
        };
        let (ended, end) = oneshot::channel();
        session::start(start, ended).map_err(|error| {
            tracing::error!(%error, "a session could not start");
            Refused::Fault
        })?;
        open.running = Some(Running {
            bytes,
            size: resize,
        });
        self.is_in_use();
        let pump = Pump {
            writer,
            written,
            sent,
            end,
            over: self.over.subscribe(),
        };
        tokio::spawn(pump.run(handle));
        Ok(())
    }

    /// The connection is used for something, and may stay.
    fn is_in_use(&mut self) {
        if let Some(settled) = self.settled.take() {
            let _ = settled.send(());
        }
    }

    /// Begins to transfer files on a channel.
    fn transfer(&mut self, channel: ChannelId) -> Result<(), Refused> {
        let signed_in = self.signed_in.clone();
        let signed_in = signed_in.ok_or(Refused::NoAccount)?;
        if !signed_in.terms_accepted() {
            return Err(Refused::NoTerms);
        }
        let open = self.channels.get_mut(&channel);
        let open = open.ok_or(Refused::Fault)?;
        let own = open.channel.take();
        let own = own.ok_or(Refused::Fault)?;
        open.transfers = true;
        let transfer = Transfer::new(&self.server, signed_in).map_err(|error| {
            tracing::error!(%error, "the folders of an account could not be made");
            Refused::Fault
        })?;
        self.is_in_use();
        tokio::spawn(async move {
            let config = russh_sftp::server::Config {
                max_client_packet_len: LARGEST_REQUEST,
            };
            russh_sftp::server::run_with_config(own.into_stream(), transfer, config).await;
        });
        Ok(())
    }

    /// Begins a command on a channel.
    fn command(&mut self, channel: ChannelId, line: &[u8], handle: Handle) -> Result<(), Refused> {
        let signed_in = self.signed_in.clone().ok_or(Refused::NoAccountForCommand)?;
        if !signed_in.terms_accepted() {
            return Err(Refused::NoTerms);
        }
        let account = block_in_place(|| signed_in.own());
        let account = account.map_err(|_| Refused::NoAccountForCommand)?;
        let line = std::str::from_utf8(line).ok();
        let line = line.filter(|line| line.len() <= LONGEST);
        let line = line.ok_or(Refused::Command)?.to_owned();
        let open = self.channels.get_mut(&channel);
        let open = open.ok_or(Refused::Fault)?;
        // A channel is for one thing, once.
        open.channel.take().ok_or(Refused::Fault)?;
        block_in_place(|| self.server.files.prepare(account.id)).map_err(|_| Refused::Fault)?;
        let (seat, asked) = self.server.sessions.begin(self.address)?;
        let (cancel, stops) = commands::stop();
        open.command = Some(stops);
        let command = Command {
            server: Arc::clone(&self.server),
            signed_in,
            account,
            line,
            channel,
            handle,
            cancel: cancel.clone(),
            seat,
        };
        self.is_in_use();
        let longest = self.server.resources.config().serve.session_time;
        let over = self.over.subscribe();
        tokio::spawn(commands::stop_in_time(asked, over, longest, cancel));
        let runtime = tokio::runtime::Handle::current();
        tokio::task::spawn_blocking(move || command.run(&runtime));
        Ok(())
    }

    /// Signs in with a proof, and a code where there is one. Takes some 20 ms for a password.
    fn sign_in(&mut self, user: &str, proof: Proof, code: Option<&str>) -> Auth {
        let place = format!("{} (SSH)", self.address);
        let entered = block_in_place(|| {
            let store = self.server.resources.store()?.at_place(&place);
            let sign_in = proof.sign_in(&store, user, code)?;
            Ok::<_, StoreError>((store, sign_in))
        });
        match entered {
            Ok((store, sign_in)) => {
                let by_key = matches!(proof, Proof::Key(_));
                self.signed_in = Some(Arc::new(SignedIn::new(store, sign_in, by_key)));
                Auth::Accept
            }
            Err(StoreError::SecondFactorNeeded) => {
                self.proof = Some(proof);
                Auth::Reject {
                    proceed_with_methods: Some(MethodSet::from(
                        &[MethodKind::KeyboardInteractive][..],
                    )),
                    partial_success: true,
                }
            }
            Err(error) => {
                tracing::info!(address = %self.address, %error, "a sign-in over SSH was refused");
                refused()
            }
        }
    }

    /// Answers a request for something that there is not: a sentence, and the end of the channel.
    fn refuse(
        &mut self,
        channel: ChannelId,
        refused: Refused,
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        session.channel_success(channel)?;
        let line = format!("lunny: {refused}\r\n").into_bytes();
        session.extended_data(channel, STANDARD_ERROR, line)?;
        session.exit_status_request(channel, 1)?;
        session.eof(channel)?;
        session.close(channel)
    }
}

impl Handler for Connection {
    type Error = russh::Error;

    async fn auth_none(&mut self, user: &str) -> Result<Auth, Self::Error> {
        Ok(match user.contains('@') {
            true => refused(),
            false => Auth::Accept,
        })
    }

    async fn auth_publickey_offered(
        &mut self,
        user: &str,
        offer: PublicKeyOffer<'_>,
    ) -> Result<Auth, Self::Error> {
        let known = public_key::bytes(offer.public_key).is_some_and(|key| {
            block_in_place(|| {
                let store = self.server.resources.store()?;
                store.has_ssh_key(user, &key)
            })
            .unwrap_or_default()
        });
        Ok(if known { Auth::Accept } else { refused() })
    }

    async fn auth_publickey(
        &mut self,
        user: &str,
        key: VerifiedPublicKey<'_>,
    ) -> Result<Auth, Self::Error> {
        Ok(match public_key::bytes(key.public_key) {
            Some(key) => self.sign_in(user, Proof::Key(key), None),
            None => refused(),
        })
    }

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, Self::Error> {
        let password = Zeroizing::new(password.to_owned());
        Ok(self.sign_in(user, Proof::Password(password), None))
    }

    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        user: &str,
        _submethods: &str,
        response: Option<Response<'a>>,
    ) -> Result<Auth, Self::Error> {
        let Some(mut response) = response else {
            return Ok(match self.proof {
                // Asked only after a key or a password was right.
                Some(_) => Auth::Partial {
                    name: "".into(),
                    instructions: "".into(),
                    prompts: vec![(CODE.into(), true)].into(),
                },
                None => refused(),
            });
        };
        let code = response.next().unwrap_or_default();
        let code = Zeroizing::new(String::from_utf8_lossy(&code).trim().to_owned());
        Ok(match self.proof.take() {
            Some(proof) => self.sign_in(user, proof, Some(&code)),
            None => refused(),
        })
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Self::Error> {
        if self.channels.len() >= CHANNELS {
            reply.reject(ChannelOpenFailure::ResourceShortage).await;
            return Ok(());
        }
        let id = channel.id();
        let open = Open {
            channel: Some(channel),
            told: Told::default(),
            size: None,
            running: None,
            transfers: false,
            command: None,
        };
        self.channels.insert(id, open);
        reply.accept().await;
        Ok(())
    }

    async fn channel_close(
        &mut self,
        channel: ChannelId,
        _session: &mut Session,
    ) -> Result<(), Self::Error> {
        self.channels.remove(&channel);
        Ok(())
    }

    async fn channel_eof(
        &mut self,
        channel: ChannelId,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        let Some(open) = self.channels.get_mut(&channel) else {
            return Ok(());
        };
        open.running = None;
        match open.transfers {
            // The last answer is on its way. Without a status scp takes a transfer for failed.
            true => session.exit_status_request(channel, 0),
            false => Ok(()),
        }
    }

    async fn data(
        &mut self,
        channel: ChannelId,
        data: &[u8],
        _session: &mut Session,
    ) -> Result<(), Self::Error> {
        let open = self.channels.get(&channel);
        if let Some(running) = open.and_then(|open| open.running.as_ref()) {
            // Waits while the session is busy; a session that is over takes nothing.
            let _ = running.bytes.send(data.to_vec()).await;
        }
        Ok(())
    }

    async fn pty_request(
        &mut self,
        channel: ChannelId,
        term: &str,
        columns: u32,
        rows: u32,
        width: u32,
        height: u32,
        _modes: &[(Pty, u32)],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        let Some(open) = self.channels.get_mut(&channel) else {
            return session.channel_failure(channel);
        };
        open.told.set("TERM", term);
        let size = terminal::size(columns, rows);
        open.told.window(size, [width, height]);
        open.size = Some(size);
        session.channel_success(channel)
    }

    async fn window_change_request(
        &mut self,
        channel: ChannelId,
        columns: u32,
        rows: u32,
        _width: u32,
        _height: u32,
        _session: &mut Session,
    ) -> Result<(), Self::Error> {
        let size = terminal::size(columns, rows);
        if let Some(open) = self.channels.get_mut(&channel) {
            match &open.running {
                Some(running) => {
                    running.size.send_replace(size);
                }
                None => open.size = open.size.map(|_| size),
            }
        }
        Ok(())
    }

    async fn env_request(
        &mut self,
        channel: ChannelId,
        name: &str,
        value: &str,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        let open = self.channels.get_mut(&channel);
        match open.is_some_and(|open| name != "TERM" && open.told.set(name, value)) {
            true => session.channel_success(channel),
            false => session.channel_failure(channel),
        }
    }

    async fn shell_request(
        &mut self,
        channel: ChannelId,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        match self.begin(channel, session.handle()) {
            Ok(()) => session.channel_success(channel),
            Err(refused) => self.refuse(channel, refused, session),
        }
    }

    async fn exec_request(
        &mut self,
        channel: ChannelId,
        command: &[u8],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        match self.command(channel, command, session.handle()) {
            Ok(()) => session.channel_success(channel),
            Err(refused) => self.refuse(channel, refused, session),
        }
    }

    async fn subsystem_request(
        &mut self,
        channel: ChannelId,
        name: &str,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        if name != "sftp" {
            return session.channel_failure(channel);
        }
        match self.transfer(channel) {
            Ok(()) => session.channel_success(channel),
            Err(refused) => self.refuse(channel, refused, session),
        }
    }

    async fn x11_request(
        &mut self,
        channel: ChannelId,
        _single_connection: bool,
        _protocol: &str,
        _cookie: &str,
        _screen: u32,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        session.channel_failure(channel)
    }
}
