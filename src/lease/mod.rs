//! A run's lease: who holds the run, what is still to be healed in its cluster, and how long that may stay when nobody
//! holds it any more. Knows nothing of Docker.
//!
//! One folder for each run, [`BASE`]`/<run>`, which the run's [reaper](crate::reaper) sees too:
//!
//! | file | what it says |
//! |---|---|
//! | `held` | locked by the process that makes the run, and renewed by it each second. The lock goes with the process, however that ends; one that hangs or was stopped no longer renews |
//! | `stay` | until when the cluster may stay with no holder; without this file not at all |
//! | `owed` | the undo journal: a line before each fault is injected, and a line when it was seen healed |
//! | `cluster` | by what the cluster is found again; holds passwords, so only its owner may read it |
//!
//! What heals a cluster runs commands in its containers, so what a lease says is believed only where its folder belongs to
//! whoever reads it, or to root; the reaper runs as the user whose run it watches.

mod journal;

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, anyhow, ensure};
use rustix::fs::{FlockOperation, flock};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio_util::task::AbortOnDropHandle;

pub use journal::{Debt, Journal, Owed, unsettled};

use crate::file;

/// Where leases are: one place for every user and every TMPDIR of the machine.
pub const BASE: &str = "/tmp/wwchaos";
/// Time between two renewals.
const RENEWAL: Duration = Duration::from_secs(1);
/// A lease that was not renewed for so long has ended, though its holder is there: it hangs, or was stopped.
pub const LEASE: Duration = Duration::from_secs(60);
/// How long a kept cluster stays, unless the user says otherwise.
pub const LIFE: Duration = Duration::from_secs(4 * 3600);
/// The longest that a kept cluster may stay.
pub const LIFE_MAX: Duration = Duration::from_secs(7 * 24 * 3600);

/// Pause between two tries to be the only one who removes leftovers, and how many there are: a minute.
const TURN: Duration = Duration::from_millis(200);
const TURNS: u32 = 300;

/// Most bytes of the undo journal.
const JOURNAL_MAX: u64 = 16 << 20;
/// Most bytes of any other file of a lease.
const LEASE_MAX: u64 = 4 << 20;

/// What the name of a run's folder begins with until its lease is locked.
const DRAFT: &str = ".";
const HELD: &str = "held";
const STAY: &str = "stay";
const OWED: &str = "owed";
const CLUSTER: &str = "cluster";

/// A run that this process holds, until the value is dropped. The folder stays then, for whoever removes or heals what is
/// left of the run; [`Lease::end`] removes it too.
#[derive(Debug)]
pub struct Lease {
    run: String,
    journal: Journal,
    held: Arc<File>,
    _renewal: AbortOnDropHandle<()>,
}

/// Who holds a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holder {
    /// A process that lives; when it renewed the lease last.
    Alive(SystemTime),
    /// Nobody, and the cluster may stay for this long.
    Kept(Duration),
    /// Nobody, and nothing of the run may stay.
    Gone,
}

#[derive(Debug, Serialize, Deserialize)]
struct Stay {
    /// Seconds since the machine was started.
    until_s: u64,
    /// This start of the machine.
    boot: String,
}

impl Lease {
    /// Takes the lease of `run`, which is new.
    pub fn take(run: &str) -> Result<Self> {
        base()?;
        // Under another name until it is locked: whoever finds a folder of the run finds it held.
        let draft = folder(&format!("{DRAFT}{run}"));
        fs::DirBuilder::new().mode(0o755).create(&draft).with_context(|| format!("create {}", draft.display()))?;
        // What cannot be removed is forgotten when it is old.
        let clear = |_: &anyhow::Error| drop(fs::remove_dir_all(&draft));
        let (held, owed) = Self::make(&draft, &folder(run)).inspect_err(clear)?;
        let held = Arc::new(held);
        let renewal = AbortOnDropHandle::new(tokio::spawn(renew(Arc::clone(&held))));
        let journal = Journal::to(owed);
        Ok(Self { run: run.to_owned(), journal, held, _renewal: renewal })
    }

    /// The files of a lease, the first of them locked, made in `draft` and moved to `folder`, which nobody has yet.
    fn make(draft: &Path, folder: &Path) -> Result<(File, File)> {
        let path = draft.join(HELD);
        let held = File::create(&path).with_context(|| format!("create {}", path.display()))?;
        flock(&held, FlockOperation::NonBlockingLockExclusive).with_context(|| format!("lock {}", path.display()))?;
        let path = draft.join(OWED);
        let owed = File::options().append(true).create_new(true).open(&path);
        let owed = owed.with_context(|| format!("create {}", path.display()))?;
        fs::rename(draft, folder).with_context(|| format!("create {}", folder.display()))?;
        Ok((held, owed))
    }

    /// Writes down by what the cluster is found again.
    pub fn describe(&self, cluster: &impl Serialize) -> Result<()> {
        let path = folder(&self.run).join(CLUSTER);
        let options = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path);
        let write = |mut file: File| file.write_all(&serde_json::to_vec(cluster)?);
        options.and_then(write).with_context(|| format!("write {}", path.display()))
    }

    /// Lets the cluster stay for `life` from now on, also when nobody holds it any more.
    pub fn keep(&self, life: Duration) -> Result<()> {
        let stay = Stay { until_s: uptime().saturating_add(life.min(LIFE_MAX).as_secs()), boot: boot() };
        let (path, new) = (folder(&self.run).join(STAY), folder(&self.run).join("stay.new"));
        // Whoever looks meanwhile sees the whole old one or the whole new one.
        let written = fs::write(&new, serde_json::to_vec(&stay)?).and_then(|()| fs::rename(&new, &path));
        written.with_context(|| format!("write {}", path.display()))
    }

    /// Takes back that the cluster may stay: it is being removed.
    pub fn keep_no_longer(&self) {
        release(&self.run);
    }

    /// The undo journal.
    pub fn journal(&self) -> Journal {
        self.journal.clone()
    }

    /// Ends it where nothing of the run is left: nobody needs it any more.
    pub fn end(self) {
        // A folder that stays is not locked, and so holds nothing; the next command removes it.
        let _ = forget(&self.run);
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        // What renews it may have the file open for a moment more.
        let _ = flock(&self.held, FlockOperation::Unlock);
    }
}

/// Who holds `run`.
pub fn holder(run: &str) -> Holder {
    let path = folder(run).join(HELD);
    match File::open(&path) {
        // Shared, so that two who look at once do not take each other for the holder.
        Ok(file) if flock(&file, FlockOperation::NonBlockingLockShared).is_err() => {
            let renewed = file.metadata().and_then(|metadata| metadata.modified());
            Holder::Alive(renewed.unwrap_or(SystemTime::UNIX_EPOCH))
        }
        // What cannot be looked at may be in use.
        Err(error) if error.kind() != ErrorKind::NotFound => Holder::Alive(SystemTime::UNIX_EPOCH),
        Ok(_) | Err(_) => stay(run).map_or(Holder::Gone, Holder::Kept),
    }
}

/// Takes back that the cluster of `run` may stay.
fn release(run: &str) {
    // What cannot be taken back ends with its life.
    let _ = fs::remove_file(folder(run).join(STAY));
}

/// Takes over `run`, which nobody holds, to remove it, for as long as what is returned is kept and at most [`LEASE`]: its reaper
/// waits for so long, and does what is left where whoever removes it does not get to the end. None where another is at it.
pub fn take_over(run: &str) -> Option<File> {
    let held = File::open(folder(run).join(HELD)).ok()?;
    flock(&held, FlockOperation::NonBlockingLockExclusive).ok()?;
    release(run);
    Some(held)
}

/// For how long the cluster of `run` may still stay; none when it may not.
fn stay(run: &str) -> Option<Duration> {
    // Whoever wrote it: that something stays hurts nobody.
    let stay: Stay = read(&folder(run), STAY).ok()?;
    let left = stay.until_s.checked_sub(uptime()).filter(|left| *left > 0 && stay.boot == boot())?;
    Some(Duration::from_secs(left))
}

/// What is still to be healed in the cluster of `run`.
pub fn debts(run: &str) -> Result<Owed> {
    let path = trusted(run)?.join(OWED);
    let journal = file::bytes(&path, JOURNAL_MAX).map_err(|refusal| anyhow!("{}: {refusal}", path.display()))?;
    Ok(unsettled(&journal))
}

/// Notes in the journal of `run`, which nobody holds, that the fault of `window` was seen gone.
pub fn settle(run: &str, window: usize) -> Result<()> {
    let path = folder(run).join(OWED);
    let file = File::options().append(true).open(&path).with_context(|| format!("open {}", path.display()))?;
    Journal::to(file).healed(window)
}

/// What [`Lease::describe`] wrote of `run`.
pub fn described<T: DeserializeOwned>(run: &str) -> Result<T> {
    read(&trusted(run)?, CLUSTER)
}

/// Keeps others from removing leftovers too, as long as the value lives: whoever waits for it finds nothing left. None where
/// that takes too long, or no lease was ever taken here.
pub async fn removing() -> Option<File> {
    let base = File::open(BASE).ok()?;
    for _ in 0..TURNS {
        if flock(&base, FlockOperation::NonBlockingLockExclusive).is_ok() {
            return Some(base);
        }
        tokio::time::sleep(TURN).await;
    }
    None
}

/// Runs that have a folder here. Forgets those that were killed while they made it.
pub fn runs() -> Vec<String> {
    let entries = fs::read_dir(BASE).into_iter().flatten().filter_map(Result::ok);
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let (drafts, mut runs): (Vec<_>, Vec<_>) = names.partition(|name| name.starts_with(DRAFT));
    for draft in drafts.iter().filter(|draft| age(&folder(draft)).is_some_and(|age| age > LEASE)) {
        // Another user's stays with that user.
        let _ = forget(draft);
    }
    runs.sort();
    runs
}

/// How long ago the folder at `path` changed last.
fn age(path: &Path) -> Option<Duration> {
    fs::symlink_metadata(path).ok()?.modified().ok()?.elapsed().ok()
}

/// Removes the folder of `run`; nothing to do when there is none.
pub fn forget(run: &str) -> Result<()> {
    let folder = folder(run);
    match fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("remove {}", folder.display()))
        }
        _ => Ok(()),
    }
}

fn folder(run: &str) -> PathBuf {
    PathBuf::from(BASE).join(run)
}

fn read<T: DeserializeOwned>(folder: &Path, name: &str) -> Result<T> {
    let path = folder.join(name);
    let text = file::bytes(&path, LEASE_MAX).map_err(|refusal| anyhow!("{}: {refusal}", path.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("{} is not what this version writes", path.display()))
}

/// The folder of `run`, where nobody but this user and root can have written what is in it.
fn trusted(run: &str) -> Result<PathBuf> {
    let folder = folder(run);
    let found = fs::symlink_metadata(&folder).with_context(|| format!("look at {}", folder.display()))?;
    ensure!(found.is_dir() && is_trusted(found.uid()), "{} belongs to another user", folder.display());
    Ok(folder)
}

/// Whether what belongs to this user may be believed: it is oneself, or root.
fn is_trusted(owner: u32) -> bool {
    owner == 0 || owner == rustix::process::geteuid().as_raw()
}

/// Makes [`BASE`], for everybody, as /tmp is.
fn base() -> Result<()> {
    let made = fs::DirBuilder::new().create(BASE);
    if made.is_ok() {
        fs::set_permissions(BASE, fs::Permissions::from_mode(0o1777)).with_context(|| format!("open {BASE} to all"))?;
    }
    fs::symlink_metadata(BASE).with_context(|| format!("create {BASE}"))?;
    refused().map_or(Ok(()), |why| Err(anyhow!(why)))
}

/// Why no run can be held on this machine; none when nothing speaks against it.
pub fn refused() -> Option<String> {
    let why = match fs::symlink_metadata(BASE) {
        Ok(found) => safe(&found).err()?.to_owned(),
        Err(error) if error.kind() == ErrorKind::NotFound => return None,
        Err(error) => format!("cannot be looked at: {error}"),
    };
    Some(format!("{BASE}, where runs are held, {why}"))
}

/// Refuses a base in which others could put their folders in the place of ours.
fn safe(base: &fs::Metadata) -> Result<(), &'static str> {
    let (mode, others) = (base.mode(), 0o022);
    if !base.is_dir() {
        return Err("is no folder (hint: remove what is in its place)");
    }
    if !is_trusted(base.uid()) {
        return Err("belongs to another user, who could meddle with yours (hint: `sudo chown root:` it)");
    }
    if mode & others != 0 && mode & 0o1000 == 0 {
        return Err("may be changed by everybody (hint: `chmod 1777` it)");
    }
    Ok(())
}

async fn renew(held: Arc<File>) {
    loop {
        tokio::time::sleep(RENEWAL).await;
        // Where this fails for long, the reaper takes the run for abandoned: there is nobody to tell.
        let _ = held.set_modified(SystemTime::now());
    }
}

/// Seconds since the machine was started, those in which it slept included.
fn uptime() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    u64::try_from(time.tv_sec).unwrap_or_default()
}

fn boot() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{Evidence, Step};
    use crate::fault::{Injection, Strike};

    fn debt(window: usize) -> Debt {
        let service = "web1".to_owned();
        let injection = Injection {
            inject: vec![Step::Pause { service: service.clone() }],
            evidence: Evidence::Paused { service: service.clone() },
            heal: vec![Step::Unpause { service: service.clone() }],
        };
        Debt { window, title: format!("freeze {window}"), strikes: vec![Strike { target: service, injection }] }
    }

    fn run(name: &str) -> String {
        format!("test-{name}-{}", std::process::id())
    }

    #[tokio::test]
    async fn a_lease_ends_with_its_holder() {
        let run = run("ends");
        assert_eq!(holder(&run), Holder::Gone);
        let lease = Lease::take(&run).unwrap();
        assert!(matches!(holder(&run), Holder::Alive(_)));
        assert!(Lease::take(&run).is_err(), "nobody else has it");
        drop(lease);
        assert_eq!(holder(&run), Holder::Gone);
        assert!(folder(&run).exists(), "whoever removes what is left needs it");
        forget(&run).unwrap();
        Lease::take(&run).unwrap().end();
        assert!(!folder(&run).exists());
    }

    #[tokio::test]
    async fn nobody_finds_a_lease_that_is_not_locked_yet() {
        let run = run("draft");
        let draft = folder(&format!("{DRAFT}{run}"));
        let lease = Lease::take(&run).unwrap();
        assert!(!draft.exists() && runs().contains(&run));
        assert!(Lease::take(&run).is_err() && !draft.exists(), "a run's id that somebody has leaves nothing");
        lease.end();
        // Killed while it made the folder: nobody has the run, and what is left is forgotten once it is old.
        fs::create_dir(&draft).unwrap();
        assert!(!runs().iter().any(|found| found.contains(&run)) && draft.exists());
        File::open(&draft).unwrap().set_modified(SystemTime::now() - LEASE * 2).unwrap();
        assert!(!runs().contains(&run) && !draft.exists());
    }

    #[tokio::test]
    async fn a_kept_cluster_stays_for_its_life_and_not_after_a_restart_of_the_machine() {
        let run = run("kept");
        let lease = Lease::take(&run).unwrap();
        lease.keep(Duration::from_secs(100)).unwrap();
        assert!(matches!(holder(&run), Holder::Alive(_)), "it is held as well");
        drop(lease);
        let Holder::Kept(left) = holder(&run) else { panic!("{:?}", holder(&run)) };
        assert!((98..=100).contains(&left.as_secs()), "{left:?}");
        let path = folder(&run).join(STAY);
        fs::write(&path, format!(r#"{{"until_s":{},"boot":"another"}}"#, uptime() + 100)).unwrap();
        assert_eq!(holder(&run), Holder::Gone);
        fs::write(&path, format!(r#"{{"until_s":{},"boot":"{}"}}"#, uptime() - 1, boot())).unwrap();
        assert_eq!(holder(&run), Holder::Gone);
        forget(&run).unwrap();
        forget(&run).unwrap();
    }

    #[tokio::test]
    async fn what_another_user_wrote_is_not_believed() {
        let run = run("another");
        let lease = Lease::take(&run).unwrap();
        lease.describe(&1).unwrap();
        assert_eq!(described::<u8>(&run).unwrap(), 1);
        if rustix::process::geteuid().is_root() {
            std::os::unix::fs::chown(folder(&run), Some(65534), None).unwrap();
            let refused = format!("{:#}", described::<u8>(&run).unwrap_err());
            assert!(refused.ends_with("belongs to another user"), "{refused}");
            assert!(debts(&run).is_err());
        }
        lease.end();
    }

    #[tokio::test]
    async fn the_journal_says_what_is_owed_also_when_its_last_line_was_cut_off() {
        let run = run("journal");
        let lease = Lease::take(&run).unwrap();
        let journal = lease.journal();
        assert!(debts(&run).unwrap().is_nothing());
        journal.owe(debt(0)).unwrap();
        journal.owe(debt(1)).unwrap();
        journal.healed(0).unwrap();
        assert_eq!(debts(&run).unwrap().debts, [debt(1)]);
        let mut file = File::options().append(true).open(folder(&run).join(OWED)).unwrap();
        file.write_all(br#"{"healed"#).unwrap();
        assert_eq!(debts(&run).unwrap().debts, [debt(1)]);
        settle(&run, 1).unwrap();
        assert!(debts(&run).unwrap().is_nothing());
        // A full disk cut a line off, and then there was room again.
        file.write_all(br#"{"owed":{"#).unwrap();
        journal.owe(debt(2)).unwrap();
        assert_eq!(debts(&run).unwrap().debts, [debt(2)]);
        lease.end();
    }

    #[test]
    fn a_base_that_others_could_change_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let said = |mode| {
            fs::set_permissions(folder.path(), fs::Permissions::from_mode(mode)).unwrap();
            safe(&fs::symlink_metadata(folder.path()).unwrap())
        };
        assert_eq!(said(0o755), Ok(()));
        assert_eq!(said(0o1777), Ok(()));
        assert!(said(0o777).unwrap_err().contains("everybody"));
        if rustix::process::geteuid().is_root() {
            std::os::unix::fs::chown(folder.path(), Some(65534), None).unwrap();
            assert!(said(0o1777).unwrap_err().contains("another user"));
        }
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(folder.path(), &link).unwrap();
        assert!(safe(&fs::symlink_metadata(&link).unwrap()).unwrap_err().contains("no folder"));
    }

    #[tokio::test]
    async fn what_describes_the_cluster_is_for_its_owner_alone() {
        let run = run("described");
        let lease = Lease::take(&run).unwrap();
        lease.describe(&"a password").unwrap();
        let mode = fs::metadata(folder(&run).join(CLUSTER)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(described::<String>(&run).unwrap(), "a password");
        lease.end();
        assert!(described::<String>("test-nobody").unwrap_err().to_string().contains("/tmp/wwchaos/test-nobody"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_lease_is_renewed_while_its_holder_works() {
        let run = run("renewed");
        let lease = Lease::take(&run).unwrap();
        let path = folder(&run).join(HELD);
        let old = SystemTime::UNIX_EPOCH;
        File::options().write(true).open(&path).unwrap().set_modified(old).unwrap();
        assert_eq!(holder(&run), Holder::Alive(old));
        tokio::time::sleep(RENEWAL * 2).await;
        assert_ne!(holder(&run), Holder::Alive(old));
        lease.end();
    }
}
