//! What one line of a log says, whatever its format.

/// One line that says something.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Record<'a> {
    /// When.
    pub at: At,
    /// The zone of the writer's clock, in seconds east of Greenwich, where the line tells it.
    pub zone: Option<i32>,
    /// Who.
    pub who: Who<'a>,
    /// The course; empty where the line names none.
    pub course: &'a [u8],
    /// The set; empty where the line is not about one.
    pub set: &'a [u8],
    /// The problem; 0 where the line is not about one.
    pub problem: u8,
    /// What was done.
    pub what: What,
}

/// A moment in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// Since 1970 in Greenwich.
    Unix(i64),
    /// Since 1970 by a clock whose zone the line does not tell.
    Local(i64),
}

/// Whom a line is of. None of this is kept: see `people`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who<'a> {
    /// It does not say.
    Nobody,
    /// A user of WeBWorK.
    User(&'a [u8]),
    /// A browser somewhere.
    Client {
        /// The address, without a port.
        address: &'a [u8],
        /// What the browser calls itself; empty where the log does not tell.
        agent: &'a [u8],
    },
    /// A user of WeBWorK, and where from.
    UserAt {
        /// The user.
        user: &'a [u8],
        /// The address, without a port.
        address: &'a [u8],
        /// What the browser calls itself.
        agent: &'a [u8],
    },
}

impl<'a> Who<'a> {
    /// Who asked from `address` with `agent`: a user whom the line names, or nobody more than that.
    pub fn of(user: &'a [u8], address: &'a [u8], agent: &'a [u8]) -> Self {
        match user {
            b"" | b"-" => Self::Client { address, agent },
            user => Self::UserAt { user, address, agent },
        }
    }
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum What {
    /// The course's first page: the login form, or the list of sets.
    Front,
    /// A form was sent to a page that has none but that of signing in.
    Login,
    /// The page of a set.
    Info,
    /// A test was started.
    Start,
    /// A test or a problem was looked at.
    Look,
    /// The form of a test or a problem was sent: a preview, a page turned, or a graded submission.
    Post,
    /// As [`Self::Post`], in a log that stamps a request when it comes: whatever WeBWorK tells of it is later.
    PostCame,
    /// Answers were submitted for grading.
    Grade,
    /// One problem of a test that was submitted for grading: a submission has a line for each. `join` makes one [`What::Grade`]
    /// of them.
    GradedPart,
    /// Signed out.
    Logout,
    /// Something that only who teaches does.
    Staff,
    /// Something else.
    Other,
}

impl What {
    /// What a line tells of a log that stamps requests when they come.
    pub fn came(self) -> Self {
        if self == Self::Post { Self::PostCame } else { self }
    }

    /// The same, whatever its stamp is of.
    pub fn whenever(self) -> Self {
        if self == Self::PostCame { Self::Post } else { self }
    }

    /// Whether the form of a test or a problem was sent.
    pub fn is_post(self) -> bool {
        self.whenever() == Self::Post
    }
}

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Parsed<'a> {
    /// It says something.
    Record(Record<'a>),
    /// It is of the format and says nothing that counts.
    Nothing,
    /// It is not of the format, and why, in words that repeat nothing of it.
    Unknown(&'static str),
}
