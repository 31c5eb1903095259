//! Markdown as people write it, to HTML that can do nothing (RQ2): raw HTML is shown as the text that it is, links lead only to
//! the web and to mail, images are left as their words, and nothing nests without end.

use linkify::{LinkFinder, LinkKind};
use pulldown_cmark::{CowStr, Event, LinkType, Options, Parser, Tag, TagEnd, TextMergeStream, html::push_html};

/// Quotes, lists, emphases and links within each other, at most; deeper ones are only their words.
const MAX_DEPTH: usize = 8;

/// A text as safe HTML.
pub fn html(text: &str) -> String {
    let mut shown = Shown::default();
    let words = Parser::new_ext(text, Options::ENABLE_STRIKETHROUGH).map(|event| match event {
        Event::Html(raw) | Event::InlineHtml(raw) => Event::Text(raw),
        // People press Enter for a new line and mean one.
        Event::SoftBreak => Event::HardBreak,
        other => other,
    });
    let mut out = String::with_capacity(text.len() * 2);
    push_html(
        &mut out,
        TextMergeStream::new(words).flat_map(|event| shown.event(event)),
    );
    out
}

/// What is open while a text is gone through.
#[derive(Default)]
struct Shown {
    /// Of each open tag, whether it is written.
    written: Vec<bool>,
    /// How many of these nest.
    depth: usize,
    /// How many of these hold text in which no link is looked for: links and code.
    plain: usize,
}

impl Shown {
    fn event<'a>(&mut self, event: Event<'a>) -> Vec<Event<'a>> {
        match event {
            Event::Start(tag) => self.start(tag).into_iter().collect(),
            Event::End(tag) => self.end(tag).into_iter().collect(),
            Event::Text(words) if self.plain == 0 => linked(words),
            other => vec![other],
        }
    }

    fn start<'a>(&mut self, tag: Tag<'a>) -> Option<Event<'a>> {
        let end = tag.to_end();
        let too_deep = nests(end) && self.depth >= MAX_DEPTH;
        let event = match tag {
            _ if too_deep => None,
            Tag::HtmlBlock | Tag::Image { .. } => None,
            // An item goes with its list.
            Tag::Item if self.written.last() == Some(&false) => None,
            // A page has its own headings; those of a text stay below them.
            Tag::Heading { .. } => Some(Event::Start(Tag::Paragraph)),
            Tag::Link {
                link_type, dest_url, ..
            } => leads_to(link_type, &dest_url).map(|url| opened(&url)),
            other => Some(Event::Start(other)),
        };
        self.written.push(event.is_some());
        if event.is_some() {
            self.depth += usize::from(nests(end));
            self.plain += usize::from(holds_plain(end));
        }
        event
    }

    fn end<'a>(&mut self, tag: TagEnd) -> Option<Event<'a>> {
        if self.written.pop() != Some(true) {
            return (tag == TagEnd::Item).then_some(Event::HardBreak);
        }
        self.depth -= usize::from(nests(tag));
        self.plain -= usize::from(holds_plain(tag));
        Some(match tag {
            TagEnd::Heading(_) => Event::End(TagEnd::Paragraph),
            TagEnd::Link => Event::InlineHtml("</a>".into()),
            other => Event::End(other),
        })
    }
}

fn nests(tag: TagEnd) -> bool {
    use TagEnd::{BlockQuote, Emphasis, Link, List, Strikethrough, Strong};
    matches!(tag, BlockQuote(_) | List(_) | Emphasis | Strong | Strikethrough | Link)
}

fn holds_plain(tag: TagEnd) -> bool {
    matches!(tag, TagEnd::Link | TagEnd::CodeBlock)
}

/// Where a link leads, if that is the web or mail.
fn leads_to(kind: LinkType, to: &str) -> Option<String> {
    let url = match kind {
        LinkType::Email => url::Url::parse(&format!("mailto:{to}")),
        _ => url::Url::parse(to),
    }
    .ok()?;
    let somewhere = match url.scheme() {
        "http" | "https" => url.host_str().is_some_and(|host| !host.is_empty()),
        "mailto" => !url.path().is_empty(),
        _ => false,
    };
    somewhere.then(|| url.into())
}

/// No search engine counts it, and where it leads learns nothing of the page that it stands on.
fn opened<'a>(url: &str) -> Event<'a> {
    let url = html_escape::encode_double_quoted_attribute(url);
    Event::InlineHtml(format!("<a href=\"{url}\" rel=\"nofollow noopener noreferrer\">").into())
}

/// Words with the addresses in them as links.
fn linked(words: CowStr<'_>) -> Vec<Event<'_>> {
    if !words.contains("://") && !words.contains("www.") {
        return vec![Event::Text(words)];
    }
    let mut finder = LinkFinder::new();
    finder.kinds(&[LinkKind::Url]).url_must_have_scheme(false);
    let mut events = Vec::new();
    for span in finder.spans(&words) {
        let shown = span.as_str();
        let text = Event::Text(CowStr::from(shown.to_owned()));
        let begins = |with: &str| {
            shown
                .get(..with.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(with))
        };
        let to = match span.kind() {
            Some(_) if begins("http://") || begins("https://") => Some(shown.to_owned()),
            Some(_) if begins("www.") => Some(format!("https://{shown}")),
            _ => None,
        };
        match to.and_then(|to| leads_to(LinkType::Inline, &to)) {
            Some(url) => events.extend([opened(&url), text, Event::InlineHtml("</a>".into())]),
            None => events.push(text),
        }
    }
    events
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    const REL: &str = "rel=\"nofollow noopener noreferrer\"";

    #[test]
    fn rq2_raw_html_and_scripts_are_only_text() {
        let out = html("<script>alert(1)</script>\n\n<img src=x onerror=alert(1)> **bold**\nnext");
        assert!(!out.contains("<script") && !out.contains("<img"), "{out}");
        assert!(out.contains("<strong>bold</strong><br />\nnext"), "{out}");
        let out = html(
            "[a](javascript:alert(1)) [b](https://example.test) ![c](https://example.test/x.png) <java\nscript:x>",
        );
        assert!(!out.contains("javascript:") && !out.contains("<img"), "{out}");
        assert!(out.contains("href=\"https://example.test/\""), "{out}");
        assert!(html("# big\n\n- one\n- two").contains("<li>one</li>"));
    }

    #[rstest]
    #[case(
        "see https://a.test/x?y=1&z=2.",
        "https://a.test/x?y=1&amp;z=2",
        "https://a.test/x?y=1&amp;z=2"
    )]
    #[case("www.a.test, please", "https://www.a.test/", "www.a.test")]
    #[case("(HTTP://A.test/b)", "http://a.test/b", "HTTP://A.test/b")]
    #[case("**https://a.test/a_b_c**", "https://a.test/a_b_c", "https://a.test/a_b_c")]
    #[case("<https://a.test>", "https://a.test/", "https://a.test")]
    #[case("<ana@a.test>", "mailto:ana@a.test", "ana@a.test")]
    #[case("[words](https://a.test \"hidden\")", "https://a.test/", "words")]
    #[case("[https://b.test](https://a.test)", "https://a.test/", "https://b.test")]
    fn rq2_links_lead_where_they_say(#[case] text: &str, #[case] to: &str, #[case] words: &str) {
        let out = html(text);
        assert!(out.contains(&format!("<a href=\"{to}\" {REL}>{words}</a>")), "{out}");
        assert_eq!(out.matches("<a ").count(), 1, "{out}");
    }

    #[rstest]
    fn rq2_no_link_leads_nowhere(
        #[values(
            "[a](javascript:alert(1))",
            "[a](  JaVaScRiPt:alert(1))",
            "[a](data:text/html,x)",
            "[a]()",
            "[a](#)",
            "[a](/requests)",
            "[a](https://)",
            "[a][b]\n\n[b]: <>",
            "<javascript:alert(1)>",
            "[a](vbscript:x)",
            "[a](mailto:)",
            "[a](//b.test)",
            "a.test",
            "javascript://www.a.test",
            "`https://a.test`",
            "    https://a.test",
            "```\nwww.a.test\n```",
            "https://",
            "www."
        )]
        text: &str,
    ) {
        let out = html(text);
        assert!(!out.contains("<a") && !out.contains("href"), "{out}");
        if text.starts_with("[a]") {
            assert!(out.contains('a'), "its words stay: {out}");
        }
    }

    /// How deep the elements of an answer nest; each that is opened is closed in its turn, and is one of ours.
    fn depth(out: &str) -> usize {
        const OURS: &[&str] = &[
            "p",
            "ul",
            "ol",
            "li",
            "blockquote",
            "em",
            "strong",
            "del",
            "a",
            "pre",
            "code",
        ];
        let (mut open, mut most) = (Vec::new(), 0);
        for tag in out.split('<').skip(1) {
            let (tag, _) = tag.split_once('>').expect("a whole tag");
            let name = tag.split(' ').next().unwrap_or_default();
            match name.strip_prefix('/') {
                Some(name) => assert_eq!(open.pop(), Some(name), "{out:.2000}"),
                None if ["br", "hr"].contains(&name) => {}
                None => {
                    assert!(OURS.contains(&name), "{name}");
                    open.push(name);
                    most = most.max(open.len());
                }
            }
        }
        assert!(open.is_empty(), "{open:?}");
        most
    }

    #[rstest]
    fn rq2_depth_has_an_end(
        #[values(
            ">",
            "> ",
            "- ",
            "1. ",
            "*a_ ",
            "**a ",
            "_a*",
            "~~a ",
            "[",
            "![",
            "[a](",
            "`",
            "<",
            "\\",
            "a.a.",
            "www.",
            "https://",
            "http://a.test/(",
            "&amp;",
            "> - "
        )]
        part: &str,
    ) {
        let text = format!("{}x", part.repeat(10_000));
        assert!(depth(&html(&text)) <= 2 * MAX_DEPTH + 3);
        let closed = format!("{}x{}", "*".repeat(5_000), "*".repeat(5_000));
        assert!(depth(&html(&closed)) <= 2 * MAX_DEPTH + 3);
    }

    #[test]
    fn rq2_lists_of_a_few_levels_stay() {
        let out = html("- a\n  - b\n    - c\n\n> > *d **e***");
        assert_eq!(depth(&out), 6, "{out}");
        assert_eq!(out.matches("<li>").count(), 3);
        assert!(out.contains("<em>d <strong>e</strong></em>"), "{out}");
    }

    proptest! {
        #[test]
        fn rq2_whatever_is_typed_only_our_elements_come(text in "([-*_>#`~\\[\\]()!<:/.\"'& \n\ta-c]|https://|www\\.|javascript:|<b>){0,120}") {
            prop_assert!(depth(&html(&text)) <= 2 * MAX_DEPTH + 3);
        }
    }
}
