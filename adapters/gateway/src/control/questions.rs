//! Questions to Zalo: what it says of a bot and its webhook.

use serde_json::{Value, json};
use zaloxide_core::{Answer, Op, Question, Settled};

use super::answer::{ANSWER_MAX, Answerer, fault, no_answer, refused};
use super::seen;
use crate::engine::{AskError, Pending};

impl Answerer {
    /// How the accounts are, and what Zalo says of each; all are asked at one time.
    pub(super) fn probe(&self, account: Option<&str>) -> Value {
        let ask = |name: &String, question| self.handle.operate(name, Op::Ask { question });
        let names = self.named_or_all(account);
        let asked: Vec<_> = names
            .iter()
            .map(|name| [ask(name, Question::GetMe), ask(name, Question::GetWebhookInfo)])
            .collect();
        let mut accounts = Vec::new();
        for (name, asked) in names.iter().zip(asked) {
            let [me, webhook] = asked.map(said);
            let status = match self.handle.view(name, seen::status) {
                Ok(status) => status,
                Err(error) => return refused(&error),
            };
            let Value::Object(mut seen) = status else { continue };
            let ahead_ms = self.handle.ahead_ms(name).unwrap_or_default();
            let probe = json!({"me": me, "webhook": webhook, "ahead_ms": ahead_ms});
            seen.insert("probe".into(), probe);
            accounts.push(Value::Object(seen));
        }
        json!({"ok": {"accounts": accounts}})
    }

    /// Asks Zalo about an account's webhook, or has it changed.
    pub(super) fn webhook(
        &self,
        account: Option<String>,
        question: impl FnOnce(Option<&str>) -> Option<Question>,
    ) -> Value {
        self.one(account, |account| {
            let configured = self.handle.view(account, |view| view.status().webhook_url);
            let configured = match configured {
                Ok(configured) => configured,
                Err(error) => return refused(&error),
            };
            let Some(question) = question(configured.as_deref()) else {
                let message = "webhookUrl is not set: put the public https URL into the \
                               configuration, and a webhookSecret";
                return fault("not_possible", message);
            };
            let said = said(self.handle.operate(account, Op::Ask { question }));
            match said {
                Value::Object(mut said) if said.contains_key("error") => {
                    json!({"error": said.remove("error")})
                }
                result => {
                    json!({"ok": {"account": account, "configured": configured, "zalo": result}})
                }
            }
        })
    }
}

/// What Zalo said, as JSON; `{"error": {kind, message}}`: why it said nothing.
fn said(asked: Result<Pending, AskError>) -> Value {
    let pending = match asked {
        Ok(pending) => pending,
        Err(error) => return refused(&error),
    };
    match pending.wait(ANSWER_MAX) {
        Ok(Settled::Ok(Answer::Asked { result })) => {
            serde_json::from_str(&result).unwrap_or_default()
        }
        Ok(Settled::Error(fault)) => json!({"error": fault}),
        Ok(_) => fault("internal", "an answer of another kind"),
        Err(error) => no_answer(error),
    }
}
