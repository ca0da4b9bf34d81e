//! The changes: which places of a source file can be changed, and the file with all changes built in, each behind a
//! switch.
//!
//! Pure: takes and returns syntax trees. A change must compile at every place, so all kinds here keep every type: a
//! statement is left out, a condition always or never holds, a boundary moves by one, `and` becomes `or`, a function
//! returns a constant.

use proc_macro2::Span;
use syn::spanned::Spanned as _;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Arm, BinOp, Block, Expr, ExprIf, ExprWhile, File, ImplItemFn, Item, ItemFn, ItemImpl, ItemMod,
    ReturnType, Stmt, Type, parse_quote,
};

/// Traits whose implementations serve people who read logs, and not the behaviour.
const FOR_READERS: [&str; 3] = ["Debug", "Display", "Hash"];

/// One place that can be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    /// The number that turns it on.
    pub(crate) number: u32,
    /// Path below the crate's `src`.
    pub(crate) file: String,
    pub(crate) line: usize,
    /// The function it is in.
    pub(crate) function: String,
    /// The change in words.
    pub(crate) what: &'static str,
}

/// The module that knows which change is on: the one whose number is in this environment variable.
pub(crate) fn switch(variable: &str) -> Item {
    parse_quote! {
        mod mutated {
            static ON: std::sync::LazyLock<Option<u32>> = std::sync::LazyLock::new(|| {
                std::env::var(#variable).ok().and_then(|number| number.parse().ok())
            });
            pub(crate) fn on(number: u32) -> bool {
                *ON == Some(number)
            }
            pub(crate) fn condition(always: u32, never: u32, holds: bool) -> bool {
                if on(always) { true } else if on(never) { false } else { holds }
            }
        }
    }
}

/// Builds changes into a file.
pub(crate) struct Builder<'a> {
    file: String,
    next: u32,
    unwanted: &'a [u32],
    /// Names of the functions around this place, innermost last.
    function: Vec<String>,
    changes: Vec<Change>,
}

impl<'a> Builder<'a> {
    /// For a file with this name. Changes are numbered from `next`. Unwanted numbers are left out.
    pub(crate) fn new(file: &str, next: u32, unwanted: &'a [u32]) -> Self {
        Self { file: file.to_owned(), next, unwanted, function: Vec::new(), changes: Vec::new() }
    }

    /// Builds in all possible changes.
    pub(crate) fn build_in(&mut self, file: &mut File) {
        self.visit_file_mut(file);
    }

    /// The number after the last.
    pub(crate) fn next(&self) -> u32 {
        self.next
    }

    /// What was built in.
    pub(crate) fn changes(self) -> Vec<Change> {
        self.changes
    }
    /// A number for a change here; `None` if it is unwanted.
    fn number(&mut self, span: Span, what: &'static str) -> Option<u32> {
        let number = self.next;
        self.next += 1;
        if self.unwanted.contains(&number) {
            return None;
        }
        let function = self.function.last().cloned().unwrap_or_default();
        self.changes.push(Change {
            number,
            file: self.file.clone(),
            line: span.start().line,
            function,
            what,
        });
        Some(number)
    }

    fn condition(&mut self, condition: &mut Expr) {
        let span = condition.span();
        self.visit_expr_mut(condition);
        if has_let(condition) {
            return;
        }
        let always = self.number(span, "the condition always holds");
        let never = self.number(span, "the condition never holds");
        let (always, never) = (always.unwrap_or(u32::MAX), never.unwrap_or(u32::MAX));
        let holds = condition.clone();
        *condition = parse_quote!(crate::mutated::condition(#always, #never, #holds));
    }

    /// Lets an expression without a value be left out.
    fn leave_out(&mut self, expression: &mut Expr) {
        let span = expression.span();
        let is_step = match expression {
            Expr::MethodCall(_) | Expr::Call(_) | Expr::Assign(_) => true,
            Expr::Binary(binary) => is_assignment(&binary.op),
            _ => false,
        };
        if !is_step {
            return;
        }
        if let Some(number) = self.number(span, "the step is left out") {
            let step = expression.clone();
            *expression = parse_quote!(if !crate::mutated::on(#number) { #step; });
        }
    }

    /// A block; `without_value` if its last expression has no value.
    fn block(&mut self, block: &mut Block, without_value: bool) {
        let last = block.stmts.len().saturating_sub(1);
        for (at, statement) in block.stmts.iter_mut().enumerate() {
            match statement {
                Stmt::Expr(expression, Some(_)) => {
                    visit_mut::visit_expr_mut(self, expression);
                    self.leave_out(expression);
                }
                Stmt::Expr(expression, None) if at < last || without_value => self.step(expression),
                other => visit_mut::visit_stmt_mut(self, other),
            }
        }
    }

    /// An expression whose value is `()`.
    fn step(&mut self, expression: &mut Expr) {
        match expression {
            Expr::If(branches) => {
                self.condition(&mut branches.cond);
                self.block(&mut branches.then_branch, true);
                if let Some((_, other)) = &mut branches.else_branch {
                    self.step(other);
                }
            }
            Expr::Match(choice) => {
                self.visit_expr_mut(&mut choice.expr);
                for arm in &mut choice.arms {
                    self.guard(arm);
                    self.step(&mut arm.body);
                }
            }
            Expr::Block(block) => self.block(&mut block.block, true),
            Expr::ForLoop(each) => {
                self.visit_expr_mut(&mut each.expr);
                self.block(&mut each.body, true);
            }
            Expr::While(_) | Expr::Loop(_) => self.visit_expr_mut(expression),
            _ => {
                visit_mut::visit_expr_mut(self, expression);
                self.leave_out(expression);
            }
        }
    }

    fn guard(&mut self, arm: &mut Arm) {
        if let Some((_, guard)) = &mut arm.guard {
            self.condition(guard);
        }
    }

    /// The body of a function, which a change may also leave at once.
    fn body(&mut self, name: &str, output: &ReturnType, block: &mut Block, span: Span) {
        self.function.push(name.to_owned());
        let without_value = matches!(output, ReturnType::Default);
        self.block(block, without_value);
        let mut at_once: Vec<Stmt> = Vec::new();
        let constants: &[(&'static str, Expr)] = match output {
            ReturnType::Type(_, of) if is_named(of, "bool") => {
                &[("the answer is yes", parse_quote!(true)), ("the answer is no", parse_quote!(false))]
            }
            ReturnType::Type(_, of) if is_named(of, "Option") => {
                &[("the answer is nothing", parse_quote!(None))]
            }
            _ => &[],
        };
        for (what, value) in constants {
            if let Some(number) = self.number(span, what) {
                at_once.push(parse_quote!(if crate::mutated::on(#number) { return #value; }));
            }
        }
        block.stmts.splice(0..0, at_once);
        self.function.pop();
    }
}

impl VisitMut for Builder<'_> {
    fn visit_item_mod_mut(&mut self, module: &mut ItemMod) {
        if !is_for_tests(&module.attrs) {
            visit_mut::visit_item_mod_mut(self, module);
        }
    }

    fn visit_item_impl_mut(&mut self, implementation: &mut ItemImpl) {
        let of = implementation.trait_.as_ref().and_then(|(_, path, _)| path.segments.last());
        if !of.is_some_and(|last| FOR_READERS.iter().any(|name| last.ident == name)) {
            visit_mut::visit_item_impl_mut(self, implementation);
        }
    }

    fn visit_item_fn_mut(&mut self, function: &mut ItemFn) {
        if function.sig.constness.is_none() && !is_for_tests(&function.attrs) {
            let name = function.sig.ident.to_string();
            self.body(&name, &function.sig.output, &mut function.block, function.sig.ident.span());
        }
    }

    fn visit_impl_item_fn_mut(&mut self, function: &mut ImplItemFn) {
        if function.sig.constness.is_none() && !is_for_tests(&function.attrs) {
            let name = function.sig.ident.to_string();
            self.body(&name, &function.sig.output, &mut function.block, function.sig.ident.span());
        }
    }

    fn visit_block_mut(&mut self, block: &mut Block) {
        self.block(block, false);
    }

    fn visit_expr_if_mut(&mut self, branches: &mut ExprIf) {
        self.condition(&mut branches.cond);
        self.visit_block_mut(&mut branches.then_branch);
        if let Some((_, other)) = &mut branches.else_branch {
            self.visit_expr_mut(other);
        }
    }

    fn visit_expr_while_mut(&mut self, repeated: &mut ExprWhile) {
        // A condition that always holds makes the loop endless, which proves nothing.
        self.visit_expr_mut(&mut repeated.cond);
        self.block(&mut repeated.body, true);
    }

    fn visit_arm_mut(&mut self, arm: &mut Arm) {
        self.guard(arm);
        self.visit_expr_mut(&mut arm.body);
    }

    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        let span = expression.span();
        visit_mut::visit_expr_mut(self, expression);
        let Expr::Binary(binary) = &*expression else { return };
        if has_let(expression) {
            return;
        }
        let (other, what): (BinOp, _) = match binary.op {
            BinOp::Lt(_) => (parse_quote!(<=), "the boundary moves"),
            BinOp::Le(_) => (parse_quote!(<), "the boundary moves"),
            BinOp::Gt(_) => (parse_quote!(>=), "the boundary moves"),
            BinOp::Ge(_) => (parse_quote!(>), "the boundary moves"),
            BinOp::Eq(_) => (parse_quote!(!=), "equal becomes different"),
            BinOp::Ne(_) => (parse_quote!(==), "different becomes equal"),
            BinOp::And(_) => (parse_quote!(||), "`and` becomes `or`"),
            BinOp::Or(_) => (parse_quote!(&&), "`or` becomes `and`"),
            _ => return,
        };
        if let Some(number) = self.number(span, what) {
            let mut changed = binary.clone();
            changed.op = other;
            let usual = expression.clone();
            *expression = parse_quote!((if crate::mutated::on(#number) { #changed } else { #usual }));
        }
    }

    // The compiler computes constants, and cannot ask a switch there.
    fn visit_item_const_mut(&mut self, _: &mut syn::ItemConst) {}
    fn visit_impl_item_const_mut(&mut self, _: &mut syn::ImplItemConst) {}
    fn visit_item_static_mut(&mut self, _: &mut syn::ItemStatic) {}
    fn visit_type_mut(&mut self, _: &mut Type) {}
    fn visit_pat_mut(&mut self, _: &mut syn::Pat) {}
    fn visit_attribute_mut(&mut self, _: &mut syn::Attribute) {}
}

/// Whether a condition contains a `let`, which cannot move to another place.
fn has_let(condition: &Expr) -> bool {
    match condition {
        Expr::Let(_) => true,
        Expr::Binary(binary) => has_let(&binary.left) || has_let(&binary.right),
        Expr::Paren(inner) => has_let(&inner.expr),
        _ => false,
    }
}

fn is_assignment(operator: &BinOp) -> bool {
    use BinOp::{
        AddAssign, BitAndAssign, BitOrAssign, BitXorAssign, DivAssign, MulAssign, RemAssign, SubAssign,
    };
    matches!(
        operator,
        AddAssign(_)
            | SubAssign(_)
            | MulAssign(_)
            | DivAssign(_)
            | RemAssign(_)
            | BitAndAssign(_)
            | BitOrAssign(_)
            | BitXorAssign(_)
    )
}

fn is_named(of: &Type, name: &str) -> bool {
    matches!(of, Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == name))
}

/// Whether these attributes say `#[cfg(test)]` or `#[test]`.
fn is_for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("test")
            || attribute.path().is_ident("cfg")
                && attribute.parse_args::<syn::Path>().is_ok_and(|path| path.is_ident("test"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(source: &str, unwanted: &[u32]) -> (String, Vec<&'static str>) {
        let mut file = syn::parse_file(source).expect("valid source");
        let mut builder = Builder::new("lib.rs", 0, unwanted);
        builder.build_in(&mut file);
        (prettyplease::unparse(&file), builder.changes.iter().map(|change| change.what).collect())
    }

    #[test]
    fn a_step_can_be_left_out() {
        let (text, what) = changed("fn f() { go(); }", &[]);
        assert!(text.contains("if !crate::mutated::on(0u32)") && text.contains("go();"), "{text}");
        assert_eq!(what, ["the step is left out"]);
    }

    #[test]
    fn a_condition_can_always_or_never_hold() {
        let (text, what) = changed("fn f() { if a { b() } }", &[]);
        assert!(text.contains("if crate::mutated::condition(0u32, 1u32, a)"), "{text}");
        assert_eq!(what.len(), 3, "the step inside as well: {what:?}");
    }

    #[test]
    fn a_condition_with_a_let_stays_as_it_is() {
        assert_eq!(
            changed("fn f() -> u8 { if let Some(x) = y && x == z { x } else { 1 } }", &[]).1,
            ["equal becomes different"]
        );
    }

    #[test]
    fn a_boundary_moves_and_an_answer_becomes_constant() {
        let (_, what) = changed("fn f(a: u8) -> bool { a < 3 }", &[]);
        assert_eq!(what, ["the boundary moves", "the answer is yes", "the answer is no"]);
    }

    #[test]
    fn what_is_unwanted_is_left_alone_and_keeps_its_number() {
        let (text, what) = changed("fn f() { go(); stop(); }", &[0]);
        assert!(!text.contains("on(0u32)") && text.contains("on(1u32)"), "{text}");
        assert_eq!(what.len(), 1);
    }

    #[test]
    fn tests_and_constants_are_left_alone() {
        let source = "#[cfg(test)] mod tests { fn f() { go(); } } const A: bool = 1 < 2; const fn c() -> bool { 1 < 2 }";
        assert_eq!(changed(source, &[]).1.len(), 0);
    }
}
