//! Stopping: no new work; sends under way are awaited, agents are abandoned, all is made durable.

use super::Channel;
use super::context::Phase;
use super::timers::Timer;
use crate::action::Action;
use crate::note::{Level, NoteCode};
use crate::settle::FaultKind;
use crate::time::SECOND_MS;

/// How long calls under way and the last commit are awaited.
const STOP_MS: u64 = 5 * SECOND_MS;

impl Channel {
    pub(super) fn begin_stop(&mut self) {
        let cx = &mut self.cx;
        if cx.phase != Phase::Running {
            return;
        }
        cx.phase = Phase::Stopping;
        // Nothing begins any more; only the end of stopping, and the store, are timed.
        cx.timers.clear_all();
        self.link.stop(cx);
        self.lanes.abandon_all(cx);
        cx.timers.clear_all();
        cx.timers.set(Timer::Stop, cx.now.plus(STOP_MS));
        if cx.journal.is_closed() {
            cx.timers.set(Timer::Journal, cx.now);
        }
        let message = "the gateway stops; what is durable is sent after the next start";
        self.sends.release(cx, FaultKind::Stopping, message);
    }

    /// Calls, or the store, took too long: the end comes without them.
    pub(super) fn stop_overdue(&mut self) {
        let cx = &mut self.cx;
        if !cx.journal.is_settled() {
            let text =
                "stopped although the last records are not durable: the store did not answer";
            cx.note(Level::Error, NoteCode::NotDurable, text);
        }
        self.stopped();
    }

    /// All is done: says so, once.
    pub(super) fn end_stop(&mut self) {
        let cx = &self.cx;
        if cx.phase == Phase::Stopping && cx.calls.is_empty() && cx.journal.is_settled() {
            self.stopped();
        }
    }

    fn stopped(&mut self) {
        let cx = &mut self.cx;
        if cx.phase == Phase::Stopped {
            return;
        }
        cx.phase = Phase::Stopped;
        cx.timers.clear_all();
        let waiters = cx.journal.take_waiters();
        cx.turn_away(waiters);
        for ticket in cx.calls.take_questions() {
            let message = "the gateway stopped before Zalo had answered";
            cx.fail(ticket, FaultKind::Stopping, message);
        }
        cx.act(Action::Stopped);
    }
}
