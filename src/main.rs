//! The program.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    // `wwchaos plan x | head -1`: a reader that has seen enough is no failure of ours.
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let text = panic.payload().downcast_ref::<String>();
        if text.is_some_and(|text| text.starts_with("failed printing to std")) {
            std::process::exit(0);
        }
        report(panic);
        std::process::exit(i32::from(wwchaos::exit::BUG));
    }));
    wwchaos::cli::main().await
}
