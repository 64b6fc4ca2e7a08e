//! Where the configuration and the state are looked for.

use std::path::{Path, PathBuf};

use super::Env;

/// Directory of this program inside the XDG directories.
const OWN: &str = "zaloxide";

/// The configuration file: the one asked for, else `$ZALOXIDE_CONFIG`, else `./zaloxide.json5`,
/// else the one in the XDG config directory. `None`: there is none, and none was asked for.
pub fn config_file(asked: Option<&Path>, env: &Env<'_>) -> Option<PathBuf> {
    if let Some(path) = asked {
        return Some(path.to_owned());
    }
    if let Some(path) = set(env, "ZALOXIDE_CONFIG") {
        return Some(path.into());
    }
    let here = PathBuf::from("zaloxide.json5");
    let home = xdg(env, "XDG_CONFIG_HOME", ".config").map(|dir| dir.join("zaloxide.json5"));
    [Some(here), home].into_iter().flatten().find(|path| path.exists())
}

/// The state directory: the one asked for, else `$ZALOXIDE_STATE_DIR`, else `zaloxide` in the XDG
/// state directory, else `.zaloxide` here.
pub fn state_dir(asked: Option<&Path>, env: &Env<'_>) -> PathBuf {
    asked
        .map(Path::to_owned)
        .or_else(|| set(env, "ZALOXIDE_STATE_DIR").map(PathBuf::from))
        .or_else(|| xdg(env, "XDG_STATE_HOME", ".local/state"))
        .unwrap_or_else(|| PathBuf::from(".zaloxide"))
}

fn xdg(env: &Env<'_>, variable: &str, below_home: &str) -> Option<PathBuf> {
    // The XDG rule: a relative path is as good as none.
    let base = set(env, variable).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || set(env, "HOME").map(|home| Path::new(&home).join(below_home));
    base.or_else(home).map(|dir| dir.join(OWN))
}

fn set(env: &Env<'_>, variable: &str) -> Option<String> {
    env(variable).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_that_is_set_wins() {
        let vars = |all: &'static [(&str, &str)]| {
            move |name: &str| all.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned())
        };
        let home = vars(&[("HOME", "/h")]);
        let xdg = vars(&[("HOME", "/h"), ("XDG_STATE_HOME", "/x")]);
        let bad = vars(&[("HOME", "/h"), ("XDG_STATE_HOME", "x")]);
        let own = vars(&[
            ("XDG_STATE_HOME", "/x"),
            ("ZALOXIDE_STATE_DIR", "s"),
            ("ZALOXIDE_CONFIG", "c"),
        ]);
        assert_eq!(state_dir(None, &home), Path::new("/h/.local/state/zaloxide"));
        assert_eq!(state_dir(None, &xdg), Path::new("/x/zaloxide"));
        assert_eq!(state_dir(None, &bad), Path::new("/h/.local/state/zaloxide"));
        assert_eq!(state_dir(None, &own), Path::new("s"));
        assert_eq!(state_dir(Some(Path::new("a")), &own), Path::new("a"));
        assert_eq!(config_file(None, &own), Some("c".into()));
        assert_eq!(config_file(Some(Path::new("a")), &own), Some("a".into()));
        assert_eq!(config_file(None, &vars(&[("HOME", "/nowhere")])), None);
    }
}
