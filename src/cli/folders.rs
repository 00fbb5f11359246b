//! Where `bt` keeps what is not the user's data: the XDG folders.

use std::path::PathBuf;

fn base() -> xdg::BaseDirectories {
    xdg::BaseDirectories::with_prefix("bt")
}

/// `$XDG_CONFIG_HOME/bt/config.toml`, or the first of the system's; none where there is none.
pub fn config_file() -> Option<PathBuf> {
    base().find_config_file("config.toml")
}

/// `$XDG_STATE_HOME/bt`; none where there is no home.
pub fn state() -> Option<PathBuf> {
    base().get_state_home()
}

/// `$XDG_CACHE_HOME/bt`; none where there is no home.
pub fn cache() -> Option<PathBuf> {
    base().get_cache_home()
}
