# `just` alone names the recipes.

_list:
    @just --list

# Builds bt as it is shipped
build:
    cargo build --release --locked

# Installs what the tests need and runs all of them
test:
    tests/run

# What a change must pass
ci:
    .ci/run

# Writes man/ and completions/ anew from the command line's definition
gen:
    tests/generate

# Licences, advisories and sources of the dependencies (cargo install cargo-deny)
deny:
    cargo deny --all-features check

# One fuzz target for a minute (cargo install cargo-fuzz): just fuzz bencode
fuzz target seconds="60":
    RUSTC_BOOTSTRAP=1 cargo fuzz run {{target}} -- -max_total_time={{seconds}}

# Measures the hot paths
bench:
    cargo bench

# Installs bt and all that belongs to it: just install PREFIX=/usr
install *settings: build
    make install {{settings}}
