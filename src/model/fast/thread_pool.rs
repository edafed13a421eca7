//! The threads of one forward pass, in lockstep.
//!
//! All threads run the same program. A step is a number of tasks that may run at the same time. Each thread
//! starts with its own share, in order, so that its cache still holds the results of the step before, and then
//! takes tasks from the others. A barrier ends the step. Threads live as long as the pass: starting them takes
//! about 50 µs, and no core spins between passes.

use std::io;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

/// Number of times that a waiting thread checks the barrier before it yields its core.
const SPINS: u32 = 4096;

/// The pass was cancelled before it finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PassCancelled;

/// The queue of one thread: the step in the high half, the next task in the low half. On its own cache line.
#[derive(Debug, Default)]
#[repr(align(64))]
struct Queue(AtomicU64);

impl Queue {
    /// The next of `tasks` tasks of `step`, if one is left.
    fn claim(&self, step: u32, tasks: usize) -> Option<usize> {
        let mut seen = self.0.load(Ordering::Relaxed);
        loop {
            let next = if (seen >> 32) as u32 == step {
                seen & 0xffff_ffff
            } else {
                0
            };
            if next >= tasks as u64 {
                return None;
            }
            let claimed = u64::from(step) << 32 | (next + 1);
            match self
                .0
                .compare_exchange_weak(seen, claimed, Ordering::Relaxed, Ordering::Relaxed)
            {
                Ok(_) => return Some(next as usize),
                Err(changed) => seen = changed,
            }
        }
    }
}

/// State that the threads share.
#[derive(Debug)]
struct ThreadPool {
    queues: Vec<Queue>,
    arrived: AtomicUsize,
    barriers_passed: AtomicUsize,
    cancelled: AtomicBool,
}

/// Handle of one thread in the pool.
pub struct Worker<'pool> {
    pool: &'pool ThreadPool,
    /// Called before every step by the thread that started the pass.
    cancelled: Option<&'pool dyn Fn() -> bool>,
    /// 0 is the thread that started the pass.
    pub thread: usize,
    step: u32,
}

impl Worker<'_> {
    /// Runs this thread's part of `tasks` tasks, then waits for the others. Afterwards every thread sees the
    /// writes of all tasks.
    pub fn share(
        &mut self,
        tasks: usize,
        mut work: impl FnMut(usize),
    ) -> Result<(), PassCancelled> {
        if self.cancelled.is_some_and(|cancelled| cancelled()) {
            self.cancel();
            return Err(PassCancelled);
        }
        self.step += 1;
        let threads = self.pool.queues.len();
        for distance in 0..threads {
            let owner = (self.thread + distance) % threads;
            let (first, end) = (owner * tasks / threads, (owner + 1) * tasks / threads);
            while let Some(task) = self.pool.queues[owner].claim(self.step, end - first) {
                work(first + task);
            }
        }
        self.wait()
    }

    /// Number of threads.
    pub fn threads(&self) -> usize {
        self.pool.queues.len()
    }

    /// Stops the pass: every thread returns at its next barrier.
    fn cancel(&self) {
        self.pool.cancelled.store(true, Ordering::Release);
    }

    fn wait(&self) -> Result<(), PassCancelled> {
        let pool = self.pool;
        let passed = pool.barriers_passed.load(Ordering::Acquire);
        if pool.arrived.fetch_add(1, Ordering::AcqRel) + 1 == pool.queues.len() {
            pool.arrived.store(0, Ordering::Relaxed);
            pool.barriers_passed.store(passed + 1, Ordering::Release);
        } else {
            let mut spins = 0;
            while pool.barriers_passed.load(Ordering::Acquire) == passed {
                if pool.cancelled.load(Ordering::Acquire) {
                    return Err(PassCancelled);
                }
                spins += 1;
                if spins < SPINS {
                    std::hint::spin_loop()
                } else {
                    std::thread::yield_now()
                }
            }
        }
        if pool.cancelled.load(Ordering::Acquire) {
            Err(PassCancelled)
        } else {
            Ok(())
        }
    }
}

/// A thread that panics must not leave the others waiting for it.
impl Drop for Worker<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.cancel();
        }
    }
}

/// Runs `program` on `threads` threads, including this one, and returns the result of thread 0. Calls
/// `cancelled` before every step.
///
/// # Errors
/// The system could not create the threads.
pub fn run<T>(
    threads: NonZeroUsize,
    cancelled: &dyn Fn() -> bool,
    program: impl Fn(&mut Worker<'_>) -> Result<T, PassCancelled> + Sync,
) -> io::Result<Result<T, PassCancelled>> {
    let pool = ThreadPool {
        queues: (0..threads.get()).map(|_| Queue::default()).collect(),
        arrived: AtomicUsize::new(0),
        barriers_passed: AtomicUsize::new(0),
        cancelled: AtomicBool::new(false),
    };
    let pool = &pool;
    let worker = move |thread| Worker {
        pool,
        cancelled: None,
        thread,
        step: 0,
    };
    std::thread::scope(|scope| {
        let program = &program;
        for thread in 1..threads.get() {
            let spawned = std::thread::Builder::new()
                .name(format!("network {thread}"))
                // Only thread 0 has a result; it reports a cancelled pass.
                .spawn_scoped(scope, move || program(&mut worker(thread)).map_or((), drop));
            if let Err(error) = spawned {
                pool.cancelled.store(true, Ordering::Release);
                return Err(error);
            }
        }
        Ok(program(&mut Worker {
            cancelled: Some(cancelled),
            ..worker(0)
        }))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool_of<T>(
        threads: usize,
        program: impl Fn(&mut Worker<'_>) -> Result<T, PassCancelled> + Sync,
    ) -> Result<T, PassCancelled> {
        run(NonZeroUsize::new(threads).unwrap(), &|| false, program).unwrap()
    }

    #[test]
    fn every_task_of_every_step_runs_once_and_steps_do_not_overlap() {
        for threads in 1..=4 {
            let counts: Vec<Vec<AtomicUsize>> = [0, 1, 5, 64, 3]
                .map(|tasks| (0..tasks).map(|_| AtomicUsize::new(0)).collect())
                .into();
            let outcome = pool_of(threads, |worker| {
                for (step, tasks) in counts.iter().enumerate() {
                    worker.share(tasks.len(), |task| {
                        let before = counts[..step].iter().flatten();
                        assert!(before.into_iter().all(|n| n.load(Ordering::Relaxed) == 1));
                        tasks[task].fetch_add(1, Ordering::Relaxed);
                    })?;
                }
                Ok(worker.thread)
            });
            assert_eq!(outcome, Ok(0));
            assert!(
                counts
                    .iter()
                    .flatten()
                    .all(|n| n.load(Ordering::Relaxed) == 1)
            );
        }
    }

    #[test]
    fn a_cancelled_pass_ends_every_thread_at_its_next_step() {
        let steps = AtomicUsize::new(0);
        let threads = NonZeroUsize::new(3).unwrap();
        let stop = || steps.load(Ordering::Relaxed) >= 2;
        let outcome = run(threads, &stop, |worker| {
            loop {
                worker.share(1, |_| {
                    steps.fetch_add(1, Ordering::Relaxed);
                })?;
            }
            #[allow(unreachable_code)]
            Ok(())
        });
        assert_eq!(outcome.unwrap(), Err(PassCancelled));
        assert_eq!(steps.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn a_panic_on_one_thread_is_not_waited_for_by_the_others() {
        let outcome = std::panic::catch_unwind(|| {
            pool_of(3, |worker| {
                let thread = worker.thread;
                worker.share(3, |task| {
                    // Either thread may get the task; the message is of this test.
                    assert!(task != 2, "task 2 of a test fails on thread {thread}");
                })?;
                worker.share(3, |_| {})
            })
        });
        assert!(!matches!(outcome, Ok(Ok(()))));
    }
}
