//! The program.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    wwchaos::cli::main().await
}
