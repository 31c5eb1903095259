//! Files that are made when they are asked for: a report's or a slip's rows as CSV, XLSX and PDF. They hold what the pages hold,
//! for the same people: the same guard, the same use cases.

use super::{
    documents::to_sign_in,
    here::Here,
    pace::with_retry_after,
    pdf,
    routes::{self, Decision},
    state::AppState,
    typed,
};
use axum::{
    extract::{MatchedPath, Query, Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::{
    AppError, Cents,
    operate::view::{AuditLine, AuditQuery},
    payables::{
        Basis, EXPORTED, MORE_LINES, PayableState, PayablesQuery,
        view::{Slip, SlipLine},
    },
    shown::counted,
};
use engine::{Caller, kernel::turns::Turn};
use rust_xlsxwriter::{Format, Workbook, XlsxError};
use serde::Deserialize;
use store::payables::PayableRow;

/// A cell of a table.
enum Cell {
    Text(String),
    Whole(Option<i64>),
    Money(Cents),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Cell::Text(text.to_owned())
    }
}
impl From<String> for Cell {
    fn from(text: String) -> Self {
        Cell::Text(text)
    }
}

/// What a spreadsheet would calculate is text for it: cells that begin as a formula does, also after blanks and in full width,
/// get an apostrophe.
fn harmless(text: &str) -> String {
    let begins = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];
    if text.trim_start().starts_with(begins) || text.starts_with(['\t', '\r', '\n']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

fn csv(head: &[&str], rows: &[Vec<Cell>]) -> Result<Vec<u8>, csv::Error> {
    // Spreadsheets know by these three bytes that it is UTF-8.
    // A line that says that there are more has one cell.
    let mut out = csv::WriterBuilder::new()
        .flexible(true)
        .from_writer(b"\xef\xbb\xbf".to_vec());
    out.write_record(head)?;
    for row in rows {
        out.write_record(row.iter().map(|cell| match cell {
            Cell::Text(text) => harmless(text),
            Cell::Whole(number) => number.map(|n| n.to_string()).unwrap_or_default(),
            Cell::Money(amount) => amount.plain(),
        }))?;
    }
    out.into_inner().map_err(|error| error.into_error().into())
}

fn xlsx(sheet: &str, head: &[&str], rows: &[Vec<Cell>]) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let page = book.add_worksheet();
    page.set_name(sheet)?;
    let bold = Format::new().set_bold();
    let money = Format::new().set_num_format("#,##0.00");
    for (at, label) in (0..).zip(head) {
        page.write_with_format(0, at, *label, &bold)?;
    }
    for (down, row) in (1..).zip(rows) {
        for (at, cell) in (0..).zip(row) {
            match cell {
                Cell::Text(text) => page.write_string(down, at, text)?,
                Cell::Whole(None) => continue,
                // The file's numbers are floats whatever they are; nothing is counted with them here.
                Cell::Whole(Some(number)) => {
                    page.write_number(down, at, number.to_string().parse::<f64>().unwrap_or(0.0))?
                }
                Cell::Money(amount) => {
                    page.write_number_with_format(down, at, amount.plain().parse::<f64>().unwrap_or(0.0), &money)?
                }
            };
        }
    }
    page.set_freeze_panes(1, 0)?;
    page.autofit();
    book.save_to_buffer()
}

/// Who asks, if they may have this file; else what they are answered.
#[expect(clippy::result_large_err, reason = "the answer that is sent")]
fn let_in(app: &AppState, request: &Request) -> Result<(Here, Caller), Response> {
    let pattern = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("", MatchedPath::as_str);
    let Some(here) = request.extensions().get::<Here>().cloned() else {
        tracing::error!("a file was asked for without its session layer");
        return Err(app.plain(StatusCode::INTERNAL_SERVER_ERROR));
    };
    if !typed::may_be_address(request.uri()) {
        return Err(app.plain(StatusCode::NOT_FOUND));
    }
    let rights = here.signed.as_ref().map(|signed| signed.caller.rights());
    match (routes::decide(pattern, rights, here.sandbox), &here.signed) {
        (Decision::Render, Some(signed)) => {
            let caller = signed.caller.clone();
            match app.paces.check(routes::pace(pattern, true), &here.who()) {
                Ok(()) => Ok((here, caller)),
                Err(error) => Err(refused(app, &error)),
            }
        }
        (Decision::SignIn, _) => Err(to_sign_in(request.uri().path_and_query().map_or("/", |p| p.as_str()))),
        (Decision::Refuse, _) => Err(app.plain(StatusCode::FORBIDDEN)),
        _ => Err(app.plain(StatusCode::NOT_FOUND)),
    }
}

fn refused(app: &AppState, error: &AppError) -> Response {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    with_retry_after(app.plain(status), error)
}

fn failed(app: &AppState, error: &dyn std::fmt::Display) -> Response {
    tracing::error!(%error, "a file could not be made");
    app.plain(StatusCode::INTERNAL_SERVER_ERROR)
}

const CSV: &str = "text/csv; charset=utf-8";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const PDF: &str = "application/pdf";

/// The file, to be kept and not shown.
fn file(name: &str, kind: &'static str, bytes: Vec<u8>) -> Response {
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));
    let disposition = disposition.unwrap_or(HeaderValue::from_static("attachment"));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (headers, bytes).into_response()
}

const REPORT_HEAD: [&str; 19] = [
    "Vendor",
    "Client",
    "Service",
    "Pack units",
    "Request",
    "Period start",
    "Period end",
    "Units used",
    "Units delivered",
    "Rate mode",
    "Units",
    "Rate",
    "Amount",
    "Currency",
    "State",
    "Accrued on",
    "Paid on",
    "Reference",
    "Line",
];

fn report_row(here: &Here, row: &PayableRow) -> Vec<Cell> {
    let day = |at: Option<domain::Instant>| at.map(|at| here.engine.zone().day(at).to_string()).unwrap_or_default();
    let of_pack = row.basis != Basis::Service;
    let only = |units: Option<i64>| Cell::Whole(units.filter(|_| of_pack));
    let mode = match row.basis {
        Basis::Pack => "per pack",
        Basis::Unit => "per unit",
        Basis::Service => "service rate",
    };
    vec![
        row.vendor.as_str().into(),
        row.client.as_str().into(),
        row.service.as_str().into(),
        only(row.included_units),
        Cell::Whole(row.number),
        day(row.starts_at).into(),
        day(row.ends_at).into(),
        only(row.used_units),
        only(row.delivered_units),
        mode.into(),
        Cell::Whole(row.units),
        row.rate_cents.map_or(Cell::from(""), Cell::Money),
        Cell::Money(row.amount_cents),
        row.currency.code().to_uppercase().into(),
        row.state.label().into(),
        here.engine.zone().day(row.accrued_at).to_string().into(),
        row.paid_on.map(|day| day.to_string()).unwrap_or_default().into(),
        row.reference.clone().unwrap_or_default().into(),
        row.id.to_string().into(),
    ]
}

/// When whoever finds too many exports waiting may come again.
const COME_AGAIN_SECS: u64 = 10;

/// One of the few exports at once: waited for before anything is read.
async fn turn(app: &AppState) -> Result<Turn, Response> {
    let too_many = || {
        let retry_after_secs = COME_AGAIN_SECS;
        refused(app, &AppError::RateLimited { retry_after_secs })
    };
    app.room.exports.turn().await.ok_or_else(too_many)
}

/// Makes a file in its turn, on a thread of its own: pages do not wait for it.
async fn made<E: std::fmt::Display + Send + 'static>(
    app: &AppState,
    turn: Turn,
    name: &str,
    kind: &'static str,
    make: impl FnOnce() -> Result<Vec<u8>, E> + Send + 'static,
) -> Response {
    match turn.work(make).await {
        Ok((Ok(bytes), _)) => file(name, kind, bytes),
        Ok((Err(error), _)) => failed(app, &error),
        Err(error) => refused(app, &error),
    }
}

/// The lines of the report, and its sheet's name.
struct Report {
    turn: Turn,
    rows: Vec<Vec<Cell>>,
    name: &'static str,
}

async fn report(
    app: &AppState,
    query: &PayablesQuery,
    who: Result<(Here, Caller), Response>,
) -> Result<Report, Response> {
    let (here, caller) = who?;
    let turn = turn(app).await?;
    let found = here.engine.payables_export(&caller, query, EXPORTED).await;
    let (found, more) = found.map_err(|error| refused(app, &error))?;
    let mut rows: Vec<_> = found.iter().map(|row| report_row(&here, row)).collect();
    if more {
        rows.push(vec![MORE_LINES.into()]);
    }
    let name = match query.tab.as_str() {
        "services" => "Services",
        "all" => "All",
        _ => "Packs",
    };
    Ok(Report { turn, rows, name })
}

/// `GET /admin/reports/vendor-payments.csv` (VP5): the rows of the report with these filters.
pub async fn payables_csv(
    State(app): State<AppState>,
    Query(query): Query<PayablesQuery>,
    request: Request,
) -> Response {
    let who = let_in(&app, &request);
    match report(&app, &query, who).await {
        Ok(Report { turn, rows, name }) => {
            let called = format!("vendor-payments-{}.csv", name.to_lowercase());
            made(&app, turn, &called, CSV, move || csv(&REPORT_HEAD, &rows)).await
        }
        Err(response) => response,
    }
}

/// `GET /admin/reports/vendor-payments.xlsx`: the same rows.
pub async fn payables_xlsx(
    State(app): State<AppState>,
    Query(query): Query<PayablesQuery>,
    request: Request,
) -> Response {
    let who = let_in(&app, &request);
    match report(&app, &query, who).await {
        Ok(Report { turn, rows, name }) => {
            let called = format!("vendor-payments-{}.xlsx", name.to_lowercase());
            made(&app, turn, &called, XLSX, move || xlsx(name, &REPORT_HEAD, &rows)).await
        }
        Err(response) => response,
    }
}

/// `GET /admin/audit.csv` (§26): the entries of the audit log with these filters, newest first.
pub async fn audit_csv(State(app): State<AppState>, Query(query): Query<AuditQuery>, request: Request) -> Response {
    let who = let_in(&app, &request);
    let made_of = async {
        let (here, caller) = who?;
        let turn = turn(&app).await?;
        let found = here.engine.audit_export(&caller, &query, EXPORTED).await;
        Ok::<_, Response>((turn, found.map_err(|error| refused(&app, &error))?))
    };
    let (turn, (lines, more)) = match made_of.await {
        Ok(made_of) => made_of,
        Err(response) => return response,
    };
    let mut rows: Vec<Vec<Cell>> = lines.into_iter().map(audit_row).collect();
    if more {
        rows.push(vec![MORE_ENTRIES.into()]);
    }
    made(&app, turn, "audit-log.csv", CSV, move || csv(&AUDIT_HEAD, &rows)).await
}

const AUDIT_HEAD: [&str; 6] = ["When", "Who", "What", "Changes", "Kind", "Id"];

/// What stands below the last entry of a file that has no more.
const MORE_ENTRIES: &str = "These are the newest 100,000 entries. Choose days for the rest.";

fn audit_row(line: AuditLine) -> Vec<Cell> {
    // An amount below nothing begins with a true minus sign on pages and with a hyphen in files.
    let value = |value: Option<String>| match value {
        Some(text) => match text.strip_prefix('−') {
            Some(amount) => format!("-{amount}"),
            None => text,
        },
        None => "–".to_owned(),
    };
    let changes = line.changes.into_iter().map(|change| {
        let words = format!("{} → {}", value(change.before), value(change.after));
        format!("{} {words}", change.field).trim().to_owned()
    });
    let changes = changes.collect::<Vec<_>>().join("; ");
    vec![
        line.at.text.into(),
        line.who.into(),
        line.text.into(),
        changes.into(),
        line.entity.into(),
        line.entity_id.into(),
    ]
}

/// Which slip.
#[derive(Deserialize)]
pub struct Which {
    #[serde(default)]
    month: String,
}

async fn slip(app: &AppState, which: &Which, who: Result<(Here, Caller), Response>) -> Result<(Turn, Slip), Response> {
    let (here, caller) = who?;
    let turn = turn(app).await?;
    let slip = here.engine.slip(&caller, &which.month).await;
    Ok((turn, slip.map_err(|error| refused(app, &error))?))
}

fn slip_name(slip: &Slip, kind: &str) -> String {
    let month = if slip.month.is_empty() { "now" } else { &slip.month };
    format!("pay-slip-{month}.{kind}")
}

/// `GET /vendor/payments.csv` (AH7): the lines of a vendor's slip.
pub async fn slip_csv(State(app): State<AppState>, Query(which): Query<Which>, request: Request) -> Response {
    let who = let_in(&app, &request);
    let (turn, slip) = match slip(&app, &which, who).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let mut rows: Vec<Vec<Cell>> = slip
        .lines
        .iter()
        .map(|line| {
            vec![
                line.what.as_str().into(),
                line.client.as_str().into(),
                line.day.as_str().into(),
                line.rate.as_str().into(),
                Cell::Money(line.cents),
                line.state.label().into(),
                line.paid.as_str().into(),
            ]
        })
        .collect();
    if slip.more {
        rows.push(vec![MORE_LINES.into()]);
    }
    let head = ["For", "Client", "Accrued", "Rate", "Amount", "State", "Paid"];
    made(&app, turn, &slip_name(&slip, "csv"), CSV, move || csv(&head, &rows)).await
}

/// `GET /vendor/payments.pdf` (AH7): a vendor's slip to keep.
pub async fn slip_pdf(State(app): State<AppState>, Query(which): Query<Which>, request: Request) -> Response {
    let who = let_in(&app, &request);
    match slip(&app, &which, who).await {
        Ok((turn, slip)) => {
            let name = slip_name(&slip, "pdf");
            made(&app, turn, &name, PDF, move || slip_document(&slip)).await
        }
        Err(response) => response,
    }
}

/// The lines of a slip by what became of them: what is not paid yet, then each payment, which is a day with a reference.
fn slip_groups(slip: &Slip) -> Vec<(String, Vec<&SlipLine>)> {
    let mut groups: Vec<(String, Vec<&SlipLine>)> = Vec::new();
    for state in PayableState::ALL.iter().copied() {
        for line in slip.lines.iter().filter(|line| line.state == state) {
            let title = match state {
                PayableState::Paid => format!("Paid {}", line.paid),
                state => state.label().to_owned(),
            };
            match groups.iter_mut().find(|(known, _)| *known == title) {
                Some((_, lines)) => lines.push(line),
                None => groups.push((title, vec![line])),
            }
        }
    }
    groups
}

/// The file of a slip: by pack, then what is owed and each payment with its sum.
fn slip_document(slip: &Slip) -> Result<Vec<u8>, pdf::Unwritten> {
    let period = if slip.month.is_empty() {
        "Running periods, and what isn't paid yet"
    } else {
        slip.title.as_str()
    };
    let facts = [
        ("From", slip.agency.as_str()),
        ("Vendor", slip.vendor.as_str()),
        ("Period", period),
        ("Earned", slip.earned.as_str()),
        ("To be paid", slip.to_pay.as_str()),
        ("Paid", slip.paid.as_str()),
        ("As of", slip.as_of.as_str()),
    ];
    let packs = slip.packs.iter().map(|pack| {
        let of = |text: &str| text.to_owned();
        vec![
            of(&pack.client),
            of(&pack.pack),
            of(&pack.period),
            pack.delivered.to_string(),
            of(&pack.terms),
            of(&pack.earned),
            of(&pack.paid),
        ]
    });
    let mut tables = vec![pdf::Table {
        title: "By pack".to_owned(),
        columns: vec![
            pdf::Column::new("Client", 4),
            pdf::Column::new("Pack", 6),
            pdf::Column::new("Period", 5),
            pdf::Column::numeric("Delivered", 3),
            pdf::Column::new("Payment", 8),
            pdf::Column::numeric("Earned", 4),
            pdf::Column::numeric("Paid", 4),
        ],
        rows: packs.collect(),
        total: None,
    }];
    for (title, lines) in slip_groups(slip) {
        let sum: Cents = lines.iter().map(|line| line.cents).sum();
        let owed = lines.iter().any(|line| line.state != PayableState::Void);
        let words = format!("Subtotal, {}", counted(lines.len() as i64, "line", "lines"));
        let row = |line: &SlipLine| [&line.day, &line.what, &line.client, &line.rate, &line.amount].map(String::clone);
        tables.push(pdf::Table {
            title,
            columns: vec![
                pdf::Column::new("Accrued", 4),
                pdf::Column::new("For", 10),
                pdf::Column::new("Client", 5),
                pdf::Column::new("Rate", 6),
                pdf::Column::numeric("Amount", 4),
            ],
            rows: lines.into_iter().map(|line| row(line).to_vec()).collect(),
            // What is void is owed to no one.
            total: owed.then(|| {
                let empty = String::new;
                vec![empty(), words, empty(), empty(), sum.show(slip.currency)]
            }),
        });
    }
    if slip.more
        && let Some(last) = tables.last_mut()
    {
        last.rows.push(vec![String::new(), MORE_LINES.to_owned()]);
    }
    pdf::document("Pay slip", &facts, &tables)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s26_an_amount_below_nothing_has_a_hyphen_in_a_file() {
        use domain::{operate::view::AuditChange, shown::Moment};
        let change = AuditChange {
            field: "owed".into(),
            before: Some("−$10.00".into()),
            after: None,
        };
        let line = AuditLine {
            at: Moment::default(),
            who: String::new(),
            text: String::new(),
            href: None,
            actor: String::new(),
            entity: String::new(),
            entity_id: String::new(),
            changes: vec![change],
        };
        let cells = audit_row(line);
        assert!(matches!(&cells[3], Cell::Text(text) if text == "owed -$10.00 → –"));
    }

    #[test]
    fn vp5_a_cell_is_never_a_formula() {
        let rows = vec![
            vec![Cell::from("=1+1"), Cell::Money(Cents(-1_250)), Cell::Whole(Some(3))],
            vec![Cell::from("a \"b\", c"), Cell::Money(Cents(0)), Cell::Whole(None)],
        ];
        let bytes = csv(&["A", "B", "C"], &rows).expect("a file");
        let text = String::from_utf8(bytes).expect("UTF-8");
        assert_eq!(
            text, "\u{feff}A,B,C\n'=1+1,-12.50,3\n\"a \"\"b\"\", c\",0.00,\n",
            "an amount may be less than nothing"
        );
        for text in [
            "+1", "-1", "@x", "\tx", "\rx", "\n=1", " =1", "\u{a0}@x", "＝1", "＋1", "－1", "＠x",
        ] {
            assert_eq!(harmless(text), format!("'{text}"));
        }
        assert_eq!(harmless("20 × Logo design"), "20 × Logo design");
        let book = xlsx("Packs", &["A", "B", "C"], &rows).expect("a file");
        assert!(book.starts_with(b"PK"), "an archive");
    }
}
