//! Dice: all randomness, drawn from the one seed. Codes, ids and jitter have generators of their
//! own, so that what is seen of one says nothing about another.

use alloc::string::String;

use chacha20::ChaCha12Rng;
use chacha20::rand_core::{Rng, SeedableRng};

/// Letters and digits of a code: none that is mistaken for another.
pub(crate) const CODE_ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
/// Characters of a code.
pub(crate) const CODE_CHARS: usize = 8;

/// Three generators.
#[derive(Debug)]
pub(super) struct Dice {
    codes: ChaCha12Rng,
    ids: ChaCha12Rng,
    jitter: ChaCha12Rng,
}

impl Dice {
    pub(super) fn new(seed: [u8; 32]) -> Self {
        let stream = |number| {
            let mut generator = ChaCha12Rng::from_seed(seed);
            generator.set_stream(number);
            generator
        };
        Self { codes: stream(1), ids: stream(2), jitter: stream(3) }
    }

    /// A pairing code. 32 divides 256: every character is as likely as any other.
    pub(super) fn code(&mut self) -> String {
        let mut bytes = [0; CODE_CHARS];
        self.codes.fill_bytes(&mut bytes);
        bytes.iter().map(|byte| char::from(CODE_ALPHABET[usize::from(byte % 32)])).collect()
    }

    /// 128 bits for an id.
    pub(super) fn id(&mut self) -> u128 {
        (u128::from(self.ids.next_u64()) << 64) | u128::from(self.ids.next_u64())
    }

    /// The run part of call ids.
    pub(super) fn run(&mut self) -> u32 {
        self.ids.next_u32()
    }

    /// Between `ms` and half as much again.
    pub(super) fn jitter(&mut self, ms: u64) -> u64 {
        ms + self.jitter.next_u64() % (ms / 2 + 1)
    }
}
