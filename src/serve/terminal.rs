//! The terminal of a client: what it stated when it connected, and its input.

use std::io;
use std::time::Duration;

use crossterm::event::Event;
use futures_util::stream::{self, BoxStream, StreamExt};
use ratatui::layout::Size;
use ratatui_image::FontSize;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, sleep_until};

use super::input::Decoder;
use crate::config::Config;
use crate::tui::session::TerminalEvent;
use crate::tui::terminal::capabilities;
use crate::tui::terminal::probe::{self, Conversation, PATIENCE};

/// Largest terminal that is drawn, in columns and rows: a drawn cell takes memory.
const LARGEST: (u32, u32) = (500, 200);

/// Size where a client states none.
const USUAL: Size = Size::new(80, 24);

/// Time after Esc in which other bytes make another key of it.
const ESCAPE: Duration = Duration::from_millis(30);

/// Least time between two changes of the size.
const RESIZE: Duration = Duration::from_millis(50);

/// Events that are accepted at once, and per second afterwards. No person types that fast; a paste is one event.
const BURST: u32 = 4000;
const EVENTS_PER_SECOND: u32 = 1000;

/// Events that wait for the session.
const WAITING: usize = 64;

/// Variables that a client may set: what its terminal can show, and its language.
const VARIABLES: [&str; 3] = ["COLORTERM", "LANG", "LC_TERMINAL"];

/// Maximum number of bytes of the value of a variable.
const LONGEST_VALUE: usize = 256;

/// Variables of a client about its terminal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Told {
    variables: Vec<(String, String)>,
    /// Size of a character cell in pixels.
    cell: Option<(u16, u16)>,
}

impl Told {
    /// Stores a variable. Returns false for one that clients may not set.
    pub(super) fn set(&mut self, name: &str, value: &str) -> bool {
        let is_wanted = (VARIABLES.contains(&name) || name == "TERM")
            && value.len() <= LONGEST_VALUE
            && !value.chars().any(char::is_control);
        if is_wanted {
            self.variables.retain(|(known, _)| known != name);
            self.variables.push((name.to_owned(), value.to_owned()));
        }
        is_wanted
    }

    /// Stores the size of the window in pixels; many clients state none.
    pub(super) fn window(&mut self, cells: Size, pixels: [u32; 2]) {
        let pixels = pixels.map(|count| u16::try_from(count).unwrap_or_default());
        let cell = probe::cell_of_window([cells.width, cells.height], pixels);
        self.cell = cell.map(|cell| (cell.width, cell.height));
    }

    /// The value of a variable.
    pub(super) fn variable(&self, name: &str) -> Option<String> {
        let found = self.variables.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.clone())
    }
}

/// Size of a terminal, limited to the largest that is drawn.
pub(super) fn size(columns: u32, rows: u32) -> Size {
    let within = |count: u32, most: u32, usual: u16| match count {
        0 => usual,
        count => count.min(most) as u16,
    };
    Size::new(
        within(columns, LARGEST.0, USUAL.width),
        within(rows, LARGEST.1, USUAL.height),
    )
}

/// Bytes and sizes from a client.
pub(super) struct Incoming {
    pub(super) bytes: mpsc::Receiver<Vec<u8>>,
    pub(super) size: watch::Receiver<Size>,
}

/// Events of the terminal: its answers first, then keys, until the client disconnects.
pub(super) fn events(
    incoming: Incoming,
    told: Told,
    config: Config,
) -> BoxStream<'static, io::Result<TerminalEvent>> {
    let (sender, received) = mpsc::channel(WAITING);
    let reader = Reader {
        sender,
        conversation: Some(Conversation::default()),
        decoder: Decoder::default(),
        allowance: Allowance::new(),
        told,
        config,
    };
    tokio::spawn(reader.read(incoming));
    let next = |mut received: mpsc::Receiver<TerminalEvent>| async move {
        received.recv().await.map(|event| (Ok(event), received))
    };
    stream::unfold(received, next).boxed()
}

/// The session that received the events ended.
struct Gone;

struct Reader {
    sender: mpsc::Sender<TerminalEvent>,
    /// Questions to the terminal, until it has answered.
    conversation: Option<Conversation>,
    decoder: Decoder,
    allowance: Allowance,
    told: Told,
    config: Config,
}

impl Reader {
    async fn read(
        mut self,
        Incoming {
            mut bytes,
            mut size,
        }: Incoming,
    ) {
        let patience = Instant::now() + PATIENCE;
        let mut next_resize = Instant::now();
        loop {
            let done = tokio::select! {
                changed = settled(&mut size, next_resize) => match changed {
                    Some(size) => {
                        next_resize = Instant::now() + RESIZE;
                        self.send(Event::Resize(size.width, size.height)).await
                    }
                    None => return,
                },
                taken = bytes.recv() => match taken {
                    Some(bytes) => self.take(&bytes).await,
                    None => return,
                },
                () = sleep_until(patience), if self.conversation.is_some() => self.answered().await,
                () = sleep(ESCAPE), if self.decoder.is_waiting() => {
                    let events = self.decoder.settle();
                    self.send_all(events).await
                }
            };
            if let Err(Gone) = done {
                return;
            }
        }
    }

    async fn take(&mut self, bytes: &[u8]) -> Result<(), Gone> {
        let Some(conversation) = &mut self.conversation else {
            let events = self.decoder.take(bytes);
            return self.send_all(events).await;
        };
        let mut keys = Vec::new();
        let is_over = conversation.take(bytes, |key| keys.push(Event::Key(key)));
        self.send_all(keys).await?;
        match is_over {
            true => self.answered().await,
            false => Ok(()),
        }
    }

    /// Ends the questions with the answers so far.
    async fn answered(&mut self) -> Result<(), Gone> {
        let Some(conversation) = self.conversation.take() else {
            return Ok(());
        };
        let (mut answers, rest) = conversation.end();
        let told = self.told.cell;
        let told = told.map(|(width, height)| FontSize::new(width, height));
        answers.cell = answers.cell.or(told);
        let known = |name: &str| self.told.variable(name);
        let abilities = capabilities(&self.config, Some(answers), known);
        let answered = self.sender.send(TerminalEvent::Answered(abilities));
        answered.await.map_err(|_| Gone)?;
        let events = self.decoder.take(&rest);
        self.send_all(events).await
    }

    async fn send_all(&mut self, events: Vec<Event>) -> Result<(), Gone> {
        for event in events {
            self.allowance.take().await;
            self.send(event).await?;
        }
        Ok(())
    }

    async fn send(&mut self, event: Event) -> Result<(), Gone> {
        let sent = self.sender.send(TerminalEvent::Input(event)).await;
        sent.map_err(|_| Gone)
    }
}

/// The newest size once it changed, not before `next`. None when the client disconnected.
async fn settled(size: &mut watch::Receiver<Size>, next: Instant) -> Option<Size> {
    size.changed().await.ok()?;
    // Another event may end this wait; the change is then found again.
    size.mark_changed();
    sleep_until(next).await;
    Some(*size.borrow_and_update())
}

/// Events that may still be accepted, so that a flood of them takes no processor time from others.
struct Allowance {
    left: f64,
    since: Instant,
}

impl Allowance {
    fn new() -> Self {
        Self {
            left: f64::from(BURST),
            since: Instant::now(),
        }
    }

    /// Waits until one more event may be accepted.
    async fn take(&mut self) {
        let earned = self.since.elapsed().as_secs_f64() * f64::from(EVENTS_PER_SECOND);
        self.left = (self.left + earned).min(f64::from(BURST));
        self.since = Instant::now();
        if self.left < 1.0 {
            let missing = (1.0 - self.left) / f64::from(EVENTS_PER_SECOND);
            sleep(Duration::from_secs_f64(missing)).await;
            self.left = 1.0;
            self.since = Instant::now();
        }
        self.left -= 1.0;
    }
}

#[cfg(test)]
mod tests {
    use crossterm::event::KeyCode;

    use super::*;
    use crate::config::Options;
    use crate::terminal::ColourDepth;

    struct Client {
        bytes: mpsc::Sender<Vec<u8>>,
        size: watch::Sender<Size>,
        events: BoxStream<'static, io::Result<TerminalEvent>>,
    }

    fn client(variables: &[(&str, &str)]) -> Client {
        let home = tempfile::tempdir().unwrap();
        let options = Options {
            home: Some(home.path().to_owned()),
            ..Options::default()
        };
        let config = Config::load(&options).unwrap();
        let mut told = Told::default();
        for (name, value) in variables {
            assert!(told.set(name, value), "{name}");
        }
        let (bytes, received) = mpsc::channel(4);
        let (size, sizes) = watch::channel(Size::new(80, 24));
        let incoming = Incoming {
            bytes: received,
            size: sizes,
        };
        Client {
            bytes,
            size,
            events: events(incoming, told, config),
        }
    }

    impl Client {
        async fn next(&mut self) -> TerminalEvent {
            self.events.next().await.unwrap().unwrap()
        }

        async fn next_key(&mut self) -> KeyCode {
            match self.next().await {
                TerminalEvent::Input(Event::Key(key)) => key.code,
                other => panic!("{other:?}"),
            }
        }
    }

    #[tokio::test]
    async fn answers_and_keys_arrive_in_their_order() {
        let mut client = client(&[("TERM", "xterm-256color")]);
        let bytes = b"a\x1b[?62;22c\x1b[0nb\x1b".to_vec();
        client.bytes.send(bytes).await.unwrap();
        assert_eq!(client.next_key().await, KeyCode::Char('a'));
        let TerminalEvent::Answered(abilities) = client.next().await else {
            panic!("no answers")
        };
        assert_eq!(abilities.colour, ColourDepth::TwoHundredFiftySix);
        assert_eq!(client.next_key().await, KeyCode::Char('b'));
        assert_eq!(client.next_key().await, KeyCode::Esc);
    }

    #[test]
    fn a_window_in_pixels_tells_the_size_of_a_cell() {
        let mut told = Told::default();
        told.window(Size::new(80, 24), [640, 384]);
        assert_eq!(told.cell, Some((8, 16)));
        for pixels in [[0, 0], [u32::MAX, u32::MAX], [80, 24]] {
            told.window(Size::new(80, 24), pixels);
            assert_eq!(told.cell, None);
        }
    }

    #[tokio::test]
    async fn a_terminal_that_does_not_answer_is_used_as_it_was_named() {
        let mut client = client(&[("TERM", "xterm"), ("COLORTERM", "truecolor")]);
        let TerminalEvent::Answered(abilities) = client.next().await else {
            panic!("no answers")
        };
        assert_eq!(abilities.colour, ColourDepth::TrueColour);
    }

    #[tokio::test]
    async fn of_many_sizes_only_the_newest_arrives() {
        let mut client = client(&[]);
        client.bytes.send(b"\x1b[0n".to_vec()).await.unwrap();
        client.next().await;
        for number in 1..=100_000 {
            client
                .size
                .send_replace(size(number % 300, 1 + number % 90));
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        client.bytes.send(b"q".to_vec()).await.unwrap();
        let mut sizes = 0;
        loop {
            match client.next().await {
                TerminalEvent::Input(Event::Resize(..)) => sizes += 1,
                TerminalEvent::Input(Event::Key(_)) => break,
                other => panic!("{other:?}"),
            }
        }
        assert!(sizes <= 3, "{sizes}");
    }

    #[tokio::test]
    async fn a_flood_of_keys_is_taken_in_slowly_and_loses_none() {
        let mut client = client(&[]);
        client.bytes.send(b"\x1b[0n".to_vec()).await.unwrap();
        client.next().await;
        let bytes = client.bytes.clone();
        tokio::spawn(async move {
            for _ in 0..5 {
                bytes.send(vec![b'x'; 1000]).await.unwrap();
            }
        });
        let start = Instant::now();
        for _ in 0..5000 {
            assert_eq!(client.next_key().await, KeyCode::Char('x'));
        }
        assert!(start.elapsed() >= Duration::from_millis(900));
    }

    #[test]
    fn only_what_describes_the_terminal_may_be_set() {
        let mut told = Told::default();
        for (name, value) in [
            ("LD_PRELOAD", "evil.so"),
            ("LUNNY_HOME", "/tmp"),
            ("PATH", "/tmp"),
            ("LANG", "de\x1b[2J"),
        ] {
            assert!(!told.set(name, value), "{name}");
        }
        let long = "x".repeat(LONGEST_VALUE + 1);
        assert!(!told.set("TERM", &long));
        assert_eq!(told, Told::default());
    }

    #[test]
    fn no_size_takes_more_memory_than_a_large_screen() {
        assert_eq!(size(0, 0), USUAL);
        assert_eq!(size(u32::MAX, u32::MAX), Size::new(500, 200));
        assert_eq!(size(120, 40), Size::new(120, 40));
    }
}
