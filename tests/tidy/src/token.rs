//! `Token`: Rust source as a flat list that rules can match on.
//!
//! Text and comments can't fool it: a `println!` in a string or in a doc example is no token.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// One token, with what rules ask about its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    /// An identifier, a literal as written, one punctuation mark or one bracket.
    pub text: String,
    /// Its line, from 1.
    pub line: usize,
    /// The line in which its statement or item begins.
    pub begins: usize,
    /// Whether it is part of an item for tests alone.
    pub test: bool,
}

/// The tokens of `source`, or nothing when it does not lex.
pub(crate) fn flatten(source: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    if let Ok(stream) = source.parse::<TokenStream>() {
        push_all(stream, 1, false, &mut tokens);
    }
    tokens
}

/// Where the tokens `at` stand together, in order.
pub(crate) fn matches(tokens: &[Token], at: usize, wanted: &[&str]) -> bool {
    tokens
        .get(at..at + wanted.len())
        .is_some_and(|found| found.iter().zip(wanted).all(|(token, wanted)| token.text == *wanted))
}

fn push_all(stream: TokenStream, outer: usize, test: bool, out: &mut Vec<Token>) {
    let trees: Vec<TokenTree> = stream.into_iter().collect();
    let mut all_test = test;
    let mut item_test = false;
    let mut begins = None;
    for (index, tree) in trees.iter().enumerate() {
        let line = tree.span().start().line;
        let start = *begins.get_or_insert(if trees.len() == 1 { outer } else { line });
        match attribute(&trees, index) {
            Some((true, attribute)) => all_test |= marks_test(attribute),
            Some((false, attribute)) => item_test |= marks_test(attribute),
            None => {}
        }
        let test = all_test || item_test;
        let mut push = |text: String, line: usize| {
            out.push(Token { text, line, begins: start, test });
        };
        let mut ends = false;
        match tree {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                push(open.into(), line);
                push_all(group.stream(), start, test, out);
                let close = close.into();
                let line = group.span_close().start().line;
                out.push(Token { text: close, line, begins: start, test });
                ends = group.delimiter() == Delimiter::Brace;
            }
            TokenTree::Ident(ident) => push(ident.to_string(), line),
            TokenTree::Literal(literal) => push(literal.to_string(), line),
            TokenTree::Punct(punct) => {
                push(punct.to_string(), line);
                ends = punct.as_char() == ';';
            }
        }
        if ends {
            item_test = false;
            begins = None;
        }
    }
}

/// The attribute that ends at `index`: whether it is an inner one, and what is in it.
fn attribute(trees: &[TokenTree], index: usize) -> Option<(bool, TokenStream)> {
    let mark = |back: usize, wanted: char| {
        let tree = index.checked_sub(back).and_then(|index| trees.get(index));
        matches!(tree, Some(TokenTree::Punct(punct)) if punct.as_char() == wanted)
    };
    match &trees[index] {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket => {
            let inner = mark(1, '!') && mark(2, '#');
            (inner || mark(1, '#')).then(|| (inner, group.stream()))
        }
        _ => None,
    }
}

/// Whether the attribute is `test`, `tokio::test` and the like, or a `cfg` that asks for `test`.
fn marks_test(attribute: TokenStream) -> bool {
    let trees: Vec<TokenTree> = attribute.into_iter().collect();
    match trees.as_slice() {
        [TokenTree::Ident(name), TokenTree::Group(group)] if name == "cfg" => {
            asks_for_test(group.stream())
        }
        [.., TokenTree::Ident(name)] => name == "test",
        _ => false,
    }
}

fn asks_for_test(cfg: TokenStream) -> bool {
    let mut negated = false;
    cfg.into_iter().any(|tree| match tree {
        TokenTree::Ident(name) => {
            negated = name == "not";
            name == "test"
        }
        TokenTree::Group(group) => !negated && asks_for_test(group.stream()),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test_words(source: &str) -> Vec<String> {
        let tokens = flatten(source).into_iter().filter(|token| token.test);
        tokens.map(|token| token.text).filter(|text| text.starts_with('w')).collect()
    }

    #[test]
    fn test_items_are_known() {
        assert_eq!(test_words("#[cfg(test)] mod a { fn w1() {} } fn w2() {}"), ["w1"]);
        assert_eq!(test_words("#[cfg(test)] mod w1; fn w2() {}"), ["w1"]);
        assert_eq!(test_words("#[tokio::test] async fn w1() { w2(); } fn w3() {}"), ["w1", "w2"]);
        assert_eq!(test_words("#[cfg(all(test, unix))] use w1; use w2;"), ["w1"]);
        assert_eq!(test_words("#[cfg(not(test))] fn w1() {}"), [""; 0]);
        assert_eq!(test_words("#[cfg(feature = \"test\")] fn w1() {}"), [""; 0]);
        assert_eq!(test_words("#![cfg(test)] fn w1() {} fn w2() {}"), ["w1", "w2"]);
    }

    #[test]
    fn a_token_knows_where_its_statement_begins() {
        let tokens = flatten("fn f() {\n  a();\n  let b =\n    c\n    .d();\n}\n");
        let d = tokens.iter().find(|token| token.text == "d").expect("d");
        assert_eq!((d.line, d.begins), (5, 3));
    }

    #[test]
    fn text_and_comments_are_no_tokens() {
        let tokens = flatten("/// a.w1()\nfn f() { /* w2 */ g(\"w3\") } // w4\n");
        assert!(tokens.iter().all(|token| !token.text.starts_with('w')));
    }
}
