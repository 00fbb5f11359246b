//! Bencode (BEP 3): the scanner that judges every byte from outside, values, lossless JSON.
