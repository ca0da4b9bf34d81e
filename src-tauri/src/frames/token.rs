//! One-time tokens: the proof that a command allowed this connection to the frame socket.

use std::sync::{Mutex, PoisonError};

use rand::Rng as _;
use subtle::ConstantTimeEq as _;

/// Random bytes in a token.
const TOKEN_BYTES: usize = 32;

/// Tokens given out and not used. A page needs one at a time; a reload may leave one unused.
const OUTSTANDING: usize = 4;

/// The tokens that we accept. When there are too many, the oldest is forgotten.
#[derive(Default)]
pub(crate) struct Tokens {
    outstanding: Mutex<Vec<String>>,
}

impl Tokens {
    /// A new token.
    pub(crate) fn grant(&self) -> String {
        let mut bytes = [0; TOKEN_BYTES];
        rand::rng().fill_bytes(&mut bytes);
        let token = bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let mut outstanding = self.lock();
        if outstanding.len() == OUTSTANDING {
            outstanding.remove(0);
        }
        outstanding.push(token.clone());
        token
    }

    /// Whether this token was given out. It is not accepted a second time.
    pub(crate) fn redeem(&self, token: &str) -> bool {
        let mut outstanding = self.lock();
        // Every token is compared in full, so the time shows nothing about any of them.
        let mut found = None;
        for (index, candidate) in outstanding.iter().enumerate() {
            if bool::from(candidate.as_bytes().ct_eq(token.as_bytes())) {
                found = Some(index);
            }
        }
        found.map(|index| outstanding.remove(index)).is_some()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<String>> {
        self.outstanding.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_opens_once() {
        let tokens = Tokens::default();
        let token = tokens.grant();
        assert!(!tokens.redeem(""));
        assert!(!tokens.redeem(&token[1..]));
        assert!(!tokens.redeem(&token.to_uppercase().replace(char::is_numeric, "g")));
        assert!(tokens.redeem(&token));
        assert!(!tokens.redeem(&token));
    }

    #[test]
    fn only_the_newest_tokens_are_kept() {
        let tokens = Tokens::default();
        let granted: Vec<_> = (0..=OUTSTANDING).map(|_| tokens.grant()).collect();
        assert!(!tokens.redeem(&granted[0]));
        assert!(granted[1..].iter().all(|token| tokens.redeem(token)));
    }
}
