//! Frequent work: registering, signing in, analysing, saving.

use super::*;

impl Stage {
    /// Registers Dana and accepts the terms.
    pub fn register(&mut self) -> &mut Self {
        self.register_as("Dana Ruiz", "dana@example.org");
        self.key(KeyCode::Char('a'))
            .shows("How LUNNY works")
            .enter();
        self.shows("Welcome, Dana Ruiz");
        self
    }

    /// Registers somebody, up to the terms.
    pub fn register_as(&mut self, name: &str, email: &str) -> &mut Self {
        self.letters("r");
        for value in [
            "St. Example Hospital",
            "A-17",
            name,
            email,
            PASSWORD,
            PASSWORD,
        ] {
            self.letters(value).enter();
        }
        self
    }

    /// Another user of Dana's hospital, who signs in elsewhere.
    pub fn colleague(&self, name: &str, email: &str, role: AccountRole) -> Access {
        let registration = Registration {
            hospital: "St. Example Hospital".into(),
            admin_id: "A-18".into(),
            full_name: name.into(),
            email: email.into(),
            password: Zeroizing::new(PASSWORD.into()),
        };
        let account = self.store.register(&registration).expect("an account");
        let dana = self.store.sign_in("dana@example.org", PASSWORD);
        let dana = dana.expect("Dana is signed in").access;
        let approved = self.store.approve_account(&dana, account.id, role);
        approved.expect("the account is approved");
        let signed_in = self.store.sign_in(email, PASSWORD);
        let access = signed_in.expect("the colleague is signed in").access;
        self.store
            .accept_terms(&access, terms::VERSION)
            .expect("terms");
        access
    }

    /// Signs Dana in from the first screen.
    pub fn sign_in(&mut self) -> &mut Self {
        self.letters("s").letters("dana@example.org").enter();
        self.letters(PASSWORD).enter().shows("Welcome, Dana Ruiz")
    }

    /// Signs the present user out from the dashboard, and another one in.
    pub fn sign_in_as(&mut self, email: &str) -> &mut Self {
        self.letters("o").letters("y").letters("s");
        self.letters(email).enter().letters(PASSWORD).enter();
        self.shows("Welcome, ")
    }

    /// Closes the terminal: runs what the program does before it ends without asking.
    pub fn hang_up(&mut self) -> usize {
        let requests = self.app.last_words();
        let count = requests.len();
        for request in requests {
            self.services.perform(request, &Cancel::default());
        }
        count
    }

    /// From the dashboard through the picker to the result of a drawn slice.
    pub fn analyse(&mut self, name: &str) -> &mut Self {
        crate::support::write_chest_slice(&self.scans(), name);
        self.letters("n").letters(name).enter();
        self.shows("256 × 256");
        self.enter()
    }

    /// From a result to the result saved to a new patient.
    pub fn save_to_new_patient(&mut self, name: &str) -> &mut Self {
        self.letters("s").control('n').control('u').letters(name);
        self.key(KeyCode::F(2))
    }
}
