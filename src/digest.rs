//! What a SHA-256 comes to → the digits by which people and files name it.

use sha2::{Digest, Sha256};

/// The first `bytes` of its 32, as hexadecimal digits.
pub fn hex(hasher: Sha256, bytes: usize) -> String {
    hasher.finalize().iter().take(bytes).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_digits_as_asked_for() {
        // Of the standard, FIPS 180-4: the example "abc".
        let abc = || Sha256::new().chain_update("abc");
        assert_eq!(hex(abc(), 6), "ba7816bf8f01");
        assert_eq!(hex(abc(), 8), "ba7816bf8f01cfea");
    }
}
