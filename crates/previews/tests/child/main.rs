//! What the tests start in the app's place: as the app, a program whose first argument is the name of a subcommand.

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    previews::child::main_of_child(std::env::args_os().skip(2))
}
