//! The program.

use std::panic::AssertUnwindSafe;
use std::process::ExitCode;

use futures_util::FutureExt;

#[tokio::main]
async fn main() -> ExitCode {
    // `wwchaos plan x | head -1`: a reader that has seen enough is no failure of ours. Whatever has a cluster to remove
    // prints by `command/say.rs` and goes on.
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let text = panic.payload().downcast_ref::<String>();
        let gone = |text: &String| text.starts_with("failed printing to std") && text.contains("Broken pipe");
        if text.is_some_and(gone) {
            std::process::exit(0);
        }
        wwchaos::command::make_way();
        report(panic);
    }));
    // Whatever went wrong, what was started is removed on the way out.
    let main = AssertUnwindSafe(wwchaos::cli::main());
    main.catch_unwind().await.unwrap_or_else(|_| ExitCode::from(wwchaos::exit::BUG))
}
