//! Cuts a posted body into the texts of alerts: lines, elements of arrays, objects over several lines, in any mix.
//! After a bad one it goes on at the next place where an alert can begin. Used by `intake` alone.

use memchr::{memchr, memchr_iter};

use crate::check::{Checked, Checker};
use crate::element::{Endless, end_of_value};
use crate::fault::AlertFault;
use crate::intake::Limits;

const BOM: &[u8] = b"\xEF\xBB\xBF";

/// Bytes that may be looked at in vain besides twice the body: so the work stays linear, whatever is sent.
const PATIENCE: usize = 16 << 20;

/// A text of the body, judged.
#[derive(Debug)]
pub(crate) struct Piece<'b> {
    /// Of the line it begins in, or of the element, from 1.
    pub(crate) number: u64,
    /// Without blanks around it.
    pub(crate) text: &'b [u8],
    pub(crate) judged: Result<Checked, AlertFault>,
}

/// What is left of a body.
#[derive(Debug)]
pub(crate) struct Body<'b> {
    text: &'b [u8],
    at: usize,
    in_array: bool,
    /// Elements so far, when the body began with an array; then they are counted instead of lines.
    elements: Option<u64>,
    /// Lines that ended before `counted`.
    lines: u64,
    counted: usize,
    patience: usize,
}

impl<'b> Body<'b> {
    pub(crate) fn new(body: &'b [u8]) -> Self {
        let text = body.strip_prefix(BOM).unwrap_or(body);
        Self {
            text,
            at: 0,
            in_array: false,
            elements: None,
            lines: 0,
            counted: 0,
            patience: 2 * text.len() + PATIENCE,
        }
    }

    /// The next text; `None` at the end.
    pub(crate) fn next(&mut self, checker: &mut Checker, limits: &Limits) -> Option<Piece<'b>> {
        let mut first = self.at == 0;
        loop {
            if self.in_array {
                match self.element(checker, limits) {
                    Some(piece) => return Some(piece),
                    None => continue,
                }
            }
            self.skip(false);
            if *self.text.get(self.at)? != b'[' || !self.begins_array(checker, limits) {
                return Some(self.line(checker, limits));
            }
            if std::mem::take(&mut first) {
                self.elements = Some(0);
            }
            self.in_array = true;
            self.at += 1;
        }
    }

    /// Whether the bracket at hand opens an array, and not the time in front of a line of some log.
    fn begins_array(&self, checker: &mut Checker, limits: &Limits) -> bool {
        let rest = &self.text[self.at + 1..];
        match rest.iter().find(|byte| !is_blank(**byte)) {
            Some(b'{' | b']') => true,
            Some(_) => !matches!(
                checker.check(trimmed(&self.text[self.at..self.line_end(self.at)]), limits),
                Err(AlertFault::NotJson { .. } | AlertFault::Trailing | AlertFault::NotUtf8)
            ),
            None => false,
        }
    }

    /// The line at hand, or the object that begins there and goes on in the next.
    fn line(&mut self, checker: &mut Checker, limits: &Limits) -> Piece<'b> {
        let (start, end) = (self.at, self.line_end(self.at));
        let number = self.number(start);
        let text = trimmed(&self.text[start..end]);
        let judged = checker.check(text, limits);
        if judged == Err(AlertFault::CutOff)
            && text.first() == Some(&b'{')
            && let Some(piece) = self.over_lines(start, number, checker, limits)
        {
            return piece;
        }
        self.at = end;
        Piece { number, text, judged }
    }

    fn over_lines(
        &mut self,
        start: usize,
        number: u64,
        checker: &mut Checker,
        limits: &Limits,
    ) -> Option<Piece<'b>> {
        if self.patience == 0 {
            return None;
        }
        let scanned = match end_of_value(self.text, start) {
            Ok(stop) => {
                let text = &self.text[start..stop];
                let judged = checker.check(text, limits);
                if !judged.as_ref().is_err_and(AlertFault::is_grammar) {
                    self.at = stop;
                    return Some(Piece { number, text, judged });
                }
                text.len()
            }
            Err(Endless { scanned }) => scanned,
        };
        self.patience = self.patience.saturating_sub(scanned);
        None
    }

    /// The next element; `None` behind the array's end.
    fn element(&mut self, checker: &mut Checker, limits: &Limits) -> Option<Piece<'b>> {
        self.skip(true);
        let start = self.at;
        match self.text.get(start) {
            Some(b']') => {
                self.in_array = false;
                self.at += 1;
                return None;
            }
            Some(_) => {}
            None => {
                self.in_array = false;
                let number = self.number(start);
                return Some(Piece { number, text: &[], judged: Err(AlertFault::CutOff) });
            }
        }
        let number = self.number(start);
        match end_of_value(self.text, start) {
            Ok(stop) => {
                self.at = stop;
                let text = &self.text[start..stop];
                let judged = checker.check(text, limits).or_else(|fault| {
                    // A quote too many makes text of what follows: then its end is not where it seems.
                    if self.is_delimited() {
                        Err(fault)
                    } else {
                        Err(self.resume(start, text.len(), fault))
                    }
                });
                Some(Piece { number, text, judged })
            }
            Err(Endless { scanned }) => {
                let text = &self.text[start..start + scanned];
                let fault = checker.check(text, limits).err().unwrap_or(AlertFault::CutOff);
                Some(Piece { number, text, judged: Err(self.resume(start, scanned, fault)) })
            }
        }
    }

    /// Whether an array could go on or end here.
    fn is_delimited(&self) -> bool {
        let next = self.text[self.at..].iter().find(|byte| !is_blank(**byte));
        matches!(next, None | Some(b',' | b']'))
    }

    /// After an element without an end: goes to where the next can begin.
    fn resume(&mut self, start: usize, scanned: usize, fault: AlertFault) -> AlertFault {
        self.patience = self.patience.saturating_sub(scanned);
        let next = next_object(self.text, start + 1);
        if self.patience > 0
            && let Some(next) = next
        {
            self.at = next;
            return fault;
        }
        self.at = self.text.len();
        self.in_array = false;
        if next.is_none() { fault } else { AlertFault::Lost }
    }

    /// Goes over blanks, and over commas too.
    fn skip(&mut self, commas: bool) {
        let rest = &self.text[self.at..];
        let len = rest.iter().position(|&byte| !is_blank(byte) && !(commas && byte == b','));
        self.at += len.unwrap_or(rest.len());
    }

    fn line_end(&self, start: usize) -> usize {
        memchr(b'\n', &self.text[start..]).map_or(self.text.len(), |len| start + len)
    }

    /// Of the text that begins at `start`.
    fn number(&mut self, start: usize) -> u64 {
        if let Some(elements) = &mut self.elements {
            *elements += 1;
            return *elements;
        }
        self.lines += memchr_iter(b'\n', &self.text[self.counted..start]).count() as u64;
        self.counted = start;
        self.lines + 1
    }
}

/// The next brace behind a comma or at the beginning of a line.
fn next_object(text: &[u8], from: usize) -> Option<usize> {
    memchr_iter(b'{', &text[from..]).map(|at| from + at).find(|&brace| {
        let before = text[..brace].iter().rposition(|&byte| !matches!(byte, b' ' | b'\t' | b'\r'));
        before.is_some_and(|before| matches!(text[before], b',' | b'\n'))
    })
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

fn trimmed(mut text: &[u8]) -> &[u8] {
    while let [rest @ .., last] = text
        && is_blank(*last)
    {
        text = rest;
    }
    text
}
