//! The command line → completions for shells, and manual pages.

use std::io;
use std::path::Path;

use clap::Command;
use clap_complete::Shell;
use clap_mangen::Man;

/// What `shell` completes words of `wwchaos` with: the text of its script.
pub fn completions(shell: Shell, whole: &Command) -> Vec<u8> {
    let (mut shown, mut script) = (without_hidden(whole), Vec::new());
    clap_complete::generate(shell, &mut shown, "wwchaos", &mut script);
    script
}

/// The manual page of the program itself, as roff.
pub fn manual(whole: &Command) -> io::Result<Vec<u8>> {
    let mut page = Vec::new();
    Man::new(without_hidden(whole)).render(&mut page)?;
    Ok(page)
}

/// Writes the manual pages of the program and of each verb into `folder`, which is there.
pub fn manuals(whole: &Command, folder: &Path) -> io::Result<()> {
    clap_mangen::generate_to(without_hidden(whole), folder)
}

/// Verbs that are hidden are ours alone: shells complete none of them.
fn without_hidden(whole: &Command) -> Command {
    let verbs = whole.get_subcommands().filter(|verb| !verb.is_hide_set()).cloned();
    let mut shown = Command::new("wwchaos").version(env!("CARGO_PKG_VERSION")).subcommands(verbs);
    if let Some(about) = whole.get_about() {
        shown = shown.about(about.clone());
    }
    if let Some(after) = whole.get_after_help() {
        shown = shown.after_help(after.clone());
    }
    shown.subcommand_required(true).args(whole.get_arguments().cloned())
}
