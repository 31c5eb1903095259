//! The command line: see `server::cli`.

fn main() -> std::process::ExitCode {
    match monthly_packs::server::cli::main() {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            // One line for an operator: what, and why.
            let _ = std::io::Write::write_fmt(&mut std::io::stderr(), format_args!("monthly-packs: {error:#}\n"));
            std::process::ExitCode::FAILURE
        }
    }
}
