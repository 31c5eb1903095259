//! The command line: see `server::cli`.

/// Rendering a page allocates some ten thousand times; the C library's allocator took a quarter of the server's time for it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    if let Some(end) = monthly_packs::server::previews::draws() {
        return end;
    }
    match monthly_packs::server::cli::main() {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            // One line for an operator: what, and why.
            let _ = std::io::Write::write_fmt(&mut std::io::stderr(), format_args!("monthly-packs: {error:#}\n"));
            std::process::ExitCode::FAILURE
        }
    }
}
