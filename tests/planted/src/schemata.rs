//! Schemata: all mutants of a file in one text. Each is asleep until its number is in the environment,
//! so that hundreds of them cost one build.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::Span;
use syn::spanned::Spanned as _;
use syn::visit_mut::{self, VisitMut};
use syn::{Arm, BinOp, Block, Expr, ImplItemFn, ItemConst, ItemFn, UnOp, parse_quote};

use crate::mutant::{Mutant, Place};

/// What each planted place asks, at the crate's root.
pub const ASKED: &str = r#"
#[cfg(not(test))]
extern crate std;

pub(crate) fn mutated(number: u32) -> bool {
    static NUMBER: std::sync::OnceLock<u32> = std::sync::OnceLock::new();
    let read = || std::env::var("ZALOXIDE_MUTANT").ok()?.parse().ok();
    *NUMBER.get_or_init(|| read().unwrap_or(0)) == number
}
"#;

/// A file with mutants in it.
#[derive(Debug)]
pub struct Planted {
    /// Its text.
    pub text: String,
    /// Which are in it. The others can't be written beside what they replace.
    pub numbers: BTreeSet<u32>,
}

/// Plants those mutants in the text of their file.
///
/// # Errors
/// The text is no Rust.
pub fn plant<'a>(
    text: &str,
    mutants: impl IntoIterator<Item = &'a Mutant>,
) -> syn::Result<Planted> {
    let mut file = syn::parse_file(text)?;
    let mut planter = Planter::default();
    for mutant in mutants {
        planter.at.entry(mutant.span.start).or_default().push(mutant);
    }
    planter.visit_file_mut(&mut file);
    Ok(Planted { text: prettyplease::unparse(&file), numbers: planter.planted })
}

/// The mutants that stand in a line of such a text.
pub fn asked(line: &str) -> impl Iterator<Item = u32> {
    let numbers = line.split("crate::mutated(").skip(1);
    numbers.filter_map(|rest| rest.split("u32").next()?.parse().ok())
}

#[derive(Default)]
struct Planter<'a> {
    at: BTreeMap<Place, Vec<&'a Mutant>>,
    planted: BTreeSet<u32>,
}

impl<'a> Planter<'a> {
    fn of(&self, place: Place, genre: &str) -> Vec<&'a Mutant> {
        let there = self.at.get(&place).into_iter().flatten();
        there.copied().filter(|mutant| mutant.genre == genre).collect()
    }

    /// A function that returns something else at once.
    fn function(&mut self, block: &mut Block) {
        let mutants = match block.stmts.first() {
            Some(first) => self.of(place(first.span()), "FnValue"),
            None => Vec::new(),
        };
        visit_mut::visit_block_mut(self, block);
        for Mutant { number, replacement, .. } in mutants {
            if let Ok(value) = syn::parse_str::<Expr>(replacement) {
                let early = parse_quote! { if crate::mutated(#number) { return #value; } };
                block.stmts.insert(0, early);
                self.planted.insert(*number);
            }
        }
    }

    /// An expression with another one for each of these mutants.
    fn choose(
        &mut self,
        expression: &mut Expr,
        mutants: &[&Mutant],
        other: impl Fn(&str) -> syn::Result<Expr>,
    ) {
        for Mutant { number, replacement, .. } in mutants {
            if let Ok(other) = other(replacement) {
                let this = &*expression;
                *expression =
                    parse_quote! { (if crate::mutated(#number) { #other } else { #this }) };
                self.planted.insert(*number);
            }
        }
    }
}

impl VisitMut for Planter<'_> {
    fn visit_item_fn_mut(&mut self, item: &mut ItemFn) {
        item.sig.constness = None;
        self.function(&mut item.block);
    }

    fn visit_impl_item_fn_mut(&mut self, item: &mut ImplItemFn) {
        item.sig.constness = None;
        self.function(&mut item.block);
    }

    /// Nothing can be asked while it compiles.
    fn visit_item_const_mut(&mut self, _: &mut ItemConst) {}

    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        // Looked at first: what is inside may be another text when it comes back.
        let mutants = match &*expression {
            Expr::Binary(binary) => self.of(place(binary.op.span()), "BinaryOperator"),
            Expr::Unary(unary) => self.of(place(unary.op.span()), "UnaryOperator"),
            _ => Vec::new(),
        };
        visit_mut::visit_expr_mut(self, expression);
        match expression.clone() {
            Expr::Binary(this) if !binds(&this.left) && !binds(&this.right) => {
                self.choose(expression, &mutants, |op| {
                    let op = syn::parse_str::<BinOp>(op)?;
                    Ok(Expr::Binary(syn::ExprBinary { op, ..this.clone() }))
                });
            }
            Expr::Unary(this) => self.choose(expression, &mutants, |op| {
                if op.trim().is_empty() {
                    return Ok((*this.expr).clone());
                }
                let op = syn::parse_str::<UnOp>(op)?;
                Ok(Expr::Unary(syn::ExprUnary { op, ..this.clone() }))
            }),
            _ => {}
        }
    }

    /// An arm that is not there has a guard that holds never.
    fn visit_arm_mut(&mut self, arm: &mut Arm) {
        let gone = self.of(place(arm.span()), "MatchArm");
        let guard = arm.guard.as_ref().map(|(_, guard)| place(guard.span()));
        let guards = guard.map_or_else(Vec::new, |guard| self.of(guard, "MatchArmGuard"));
        visit_mut::visit_arm_mut(self, arm);
        for Mutant { number, replacement, .. } in guards {
            if let Some((_, guard)) = &mut arm.guard {
                let this = &*guard;
                *guard = match replacement.as_str() {
                    "true" => parse_quote! { (crate::mutated(#number) || (#this)) },
                    _ => parse_quote! { (!crate::mutated(#number) && (#this)) },
                };
                self.planted.insert(*number);
            }
        }
        for Mutant { number, .. } in gone {
            let (token, guard) = arm.guard.take().unzip();
            let guard = guard.into_iter();
            let all = guard.fold(parse_quote! { !crate::mutated(#number) }, |all: Expr, guard| {
                parse_quote! { #all && (#guard) }
            });
            arm.guard = Some((token.unwrap_or_default(), Box::new(all)));
            self.planted.insert(*number);
        }
    }
}

/// Whether a condition binds names: such a one is no expression.
fn binds(condition: &Expr) -> bool {
    match condition {
        Expr::Let(_) => true,
        Expr::Binary(binary) => {
            matches!(binary.op, BinOp::And(_)) && (binds(&binary.left) || binds(&binary.right))
        }
        _ => false,
    }
}

fn place(span: Span) -> Place {
    let start = span.start();
    Place { line: start.line, column: start.column + 1 }
}
