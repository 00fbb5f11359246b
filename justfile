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

# There is no unsafe code for a sanitizer to watch, so stable Rust will do; the dependencies are those
# that are shipped.
# One fuzz target for a minute (cargo install cargo-fuzz): just fuzz scan
fuzz target seconds="60":
    test fuzz/Cargo.lock -nt Cargo.lock || cp Cargo.lock fuzz/Cargo.lock
    mkdir -p fuzz/corpus/{{target}} fuzz/seeds/{{target}}
    cargo fuzz run --sanitizer none {{target}} fuzz/corpus/{{target}} fuzz/seeds/{{target}} -- \
        -max_total_time={{seconds}} -timeout=10 -rss_limit_mb=1024

# Measures the hot paths
bench:
    cargo bench

# Besieges a tracker, and measures what honest askers wait for
siege:
    cargo bench --bench siege

# Takes pictures of a tracker's pages: just screenshots http://localhost:8080 /tmp/pictures
screenshots url folder:
    tests/screenshots {{url}} {{folder}}

# Kills a tracker fifty times under load: what was saved must be there each time
kills:
    BT_TESTS_KILLS=50 cargo test --test cli outlives_kills

# Runs the tests of the hashes on an emulated processor with AVX-512 (a Debian kernel under Bochs)
avx512 *names:
    tests/emulated {{names}}

# Installs bt and all that belongs to it: just install PREFIX=/usr
install *settings: build
    make install {{settings}}
