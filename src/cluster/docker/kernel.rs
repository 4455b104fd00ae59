//! What this machine's kernel was built with, and which of its modules are installed.

use std::io::Read;

use flate2::read::GzDecoder;

use crate::cluster::Need;

/// An option of the kernel, and the module that it may be; none where it is none of its own.
type Built = (&'static str, Option<&'static str>);

const TABLES: Built = ("NF_TABLES", Some("nf_tables"));
const INET: Built = ("NF_TABLES_INET", None);
const NUMGEN: Built = ("NFT_NUMGEN", Some("nft_numgen"));
const COMPAT: Built = ("NFT_COMPAT", Some("nft_compat"));
const QUEUE: Built = ("NETFILTER_XT_TARGET_NFQUEUE", Some("xt_NFQUEUE"));
const THROTTLING: Built = ("BLK_DEV_THROTTLING", None);
const NETEM: Built = ("NET_SCH_NETEM", Some("sch_netem"));
const TBF: Built = ("NET_SCH_TBF", Some("sch_tbf"));

/// Needs of options: each is met by any of some groups, all of a group together.
const NEEDS: &[(Need, &[&[Built]])] = &[
    (Need::PacketFilter, &[&[TABLES, INET]]),
    (Need::Loss, &[&[TABLES, INET, NUMGEN]]),
    (Need::DiskLimit, &[&[THROTTLING]]),
    (Need::Delay, &[&[NETEM], &[TABLES, COMPAT, QUEUE]]),
    (Need::Rate, &[&[TBF]]),
];

/// What is known of a kernel.
#[derive(Clone, Debug, Default)]
pub struct Kernel {
    /// Its options; none where it does not tell.
    config: Option<String>,
    /// Files of its modules, one in a line; none where no list of them is here.
    modules: Option<String>,
}

impl Kernel {
    /// The one that runs.
    pub fn here() -> Self {
        let release = rustix::system::uname().release().to_string_lossy().into_owned();
        Self {
            config: packed("/proc/config.gz")
                .or_else(|| std::fs::read_to_string(format!("/boot/config-{release}")).ok()),
            modules: std::fs::read_to_string(format!("/lib/modules/{release}/modules.dep")).ok(),
        }
    }

    /// Whether it tells what it was built with.
    pub fn tells(&self) -> bool {
        self.config.is_some()
    }

    /// Whether a module of it is installed, and could be loaded when it is needed; none where no list of them is here.
    pub fn has_module(&self, name: &str) -> Option<bool> {
        let list = self.modules.as_ref()?;
        Some(list.lines().any(|line| line.contains(&format!("/{name}.ko"))))
    }

    /// Needs that it cannot meet, and why; nothing speaks against what it does not tell.
    pub fn lacks(&self) -> Vec<(Need, String)> {
        let Some(config) = &self.config else { return Vec::new() };
        let group = |group: &[Built]| {
            let missing: Vec<_> = group.iter().filter_map(|built| self.missing(config, *built)).collect();
            (!missing.is_empty()).then(|| missing.join(" and "))
        };
        let lacks = |(need, groups): &(Need, &[&[Built]])| {
            // None is among them where a group is met.
            let all: Option<Vec<_>> = groups.iter().map(|one| group(one)).collect();
            Some((*need, format!("the kernel has no {}", all?.join(", nor "))))
        };
        NEEDS.iter().filter_map(lacks).collect()
    }

    /// What is not there of an option, in words.
    fn missing(&self, config: &str, (option, module): Built) -> Option<String> {
        let found =
            config.lines().find_map(|line| line.strip_prefix("CONFIG_")?.strip_prefix(option)?.strip_prefix('='));
        match (found, module) {
            (Some("y"), _) => None,
            (Some("m"), Some(module)) if self.has_module(module) == Some(false) => {
                Some(format!("CONFIG_{option} (its module {module} is not installed)"))
            }
            (Some("m"), _) => None,
            _ => Some(format!("CONFIG_{option}")),
        }
    }
}

fn packed(path: &str) -> Option<String> {
    let mut text = String::new();
    GzDecoder::new(std::fs::File::open(path).ok()?).read_to_string(&mut text).ok()?;
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lacks(config: &str, modules: Option<&str>) -> Vec<String> {
        let kernel = Kernel { config: Some(config.to_owned()), modules: modules.map(str::to_owned) };
        kernel.lacks().into_iter().map(|(need, why)| format!("{need}: {why}")).collect()
    }

    const WITH: &str = "CONFIG_NF_TABLES_INET=y\nCONFIG_NFT_NUMGEN=m\nCONFIG_BLK_DEV_THROTTLING=y\nCONFIG_NF_TABLES=y\nCONFIG_NFT_COMPAT=m\n\
                        CONFIG_NETFILTER_XT_TARGET_NFQUEUE=y\nCONFIG_NET_SCH_TBF=m\n";

    #[test]
    fn a_kernel_lacks_what_it_was_built_without() {
        assert_eq!(lacks(WITH, None), Vec::<String>::new());
        let without = "CONFIG_BLK_DEV_THROTTLING=y\n# CONFIG_NET_SCH_NETEM is not set\nCONFIG_NF_TABLES_INET=y\nCONFIG_NET_SCH_TBF=y\n";
        let delay = "netem, or nftables with NFQUEUE: the kernel has no CONFIG_NET_SCH_NETEM, nor CONFIG_NF_TABLES and \
                     CONFIG_NFT_COMPAT and CONFIG_NETFILTER_XT_TARGET_NFQUEUE";
        let filter = "nftables: the kernel has no CONFIG_NF_TABLES";
        let loss = "nftables with numgen: the kernel has no CONFIG_NF_TABLES and CONFIG_NFT_NUMGEN";
        assert_eq!(lacks(without, None), [filter, loss, delay]);
    }

    #[test]
    fn a_module_that_is_not_installed_is_not_there() {
        let modules = "kernel/net/netfilter/nft_numgen.ko.xz: kernel/net/netfilter/nf_tables.ko.xz\nkernel/net/netfilter/nft_compat.ko:\n";
        let rate = Need::Rate;
        let said = format!("{rate}: the kernel has no CONFIG_NET_SCH_TBF (its module sch_tbf is not installed)");
        assert_eq!(lacks(WITH, Some(modules)), [said]);
        let installed = format!("{modules}kernel/net/sched/sch_tbf.ko.zst:\n");
        assert_eq!(lacks(WITH, Some(&installed)), Vec::<String>::new());
    }

    #[test]
    fn nothing_speaks_against_what_is_not_told() {
        let silent = Kernel::default();
        assert!(!silent.tells());
        assert_eq!(silent.lacks(), []);
        assert_eq!(silent.has_module("ext4"), None);
    }
}
