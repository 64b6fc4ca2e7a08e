//! `Paced`: connections on which an answer must not stop coming.

use std::time::Duration;

use ureq::unversioned::transport::time::Duration as Limit;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};
use ureq::{Error, Timeout};

use crate::flight::{Flight, Stage};
use crate::wire::Wire;

/// Makes connections like [`Wire`], each with a limit on the silence between two bytes of its
/// answer. ureq's own limit on a single read would also bound the wait for the first byte.
#[derive(Debug)]
pub(super) struct Paced {
    wire: Wire,
    idle: Duration,
}

impl Paced {
    pub(super) fn new(wire: Wire, idle: Duration) -> Self {
        Self { wire, idle }
    }
}

impl Connector<()> for Paced {
    type Out = Box<dyn Transport>;

    fn connect(
        &self,
        details: &ConnectionDetails,
        chained: Option<()>,
    ) -> Result<Option<Self::Out>, Error> {
        let made = self.wire.connect(details, chained)?;
        Ok(made.map(|inner| -> Self::Out { Box::new(Impatient { inner, idle: self.idle }) }))
    }
}

#[derive(Debug)]
struct Impatient {
    inner: Box<dyn Transport>,
    idle: Duration,
}

impl Transport for Impatient {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.inner.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, mut timeout: NextTimeout) -> Result<bool, Error> {
        let begun = Flight::current().is_some_and(|f| f.progress().stage == Stage::Answer);
        let idle = Limit::from(self.idle);
        if begun && idle < timeout.after {
            (timeout.after, timeout.reason) = (idle, Timeout::PerRead);
        }
        self.inner.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}
