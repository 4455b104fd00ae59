//! What a machine must have for the steps of a fault, or for a cluster.

use std::fmt;

/// What a machine must have for a step, or for a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// A way to stop every process of a container from running.
    Freezer,
    /// A limit of a container's memory that the kernel enforces.
    MemoryLimit,
    /// Volumes of limited size: file systems on loop devices.
    LimitedVolume,
    /// A packet filter in a container's network.
    PacketFilter,
    /// One that drops packets by chance.
    Loss,
    /// Packets that leave later.
    Delay,
    /// Packets that leave at a rate.
    Rate,
    /// A limit of processor time.
    ProcessorLimit,
    /// A limit of the number of processes.
    ProcessLimit,
    /// A limit of what is read and written.
    DiskLimit,
    /// A limit of memory at which nobody is killed, and the kernel's word on who waits.
    Starvation,
    /// File systems that a program serves: no fault's need, but that of clusters whose nodes mount one.
    Fuse,
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Freezer => "the freezer of control groups",
            Self::MemoryLimit => "memory limits of control groups",
            Self::LimitedVolume => "loop devices and ext4",
            Self::PacketFilter => "nftables",
            Self::Loss => "nftables with numgen",
            Self::Delay => "netem, or nftables with NFQUEUE",
            Self::Rate => "the token bucket filter of packets",
            Self::ProcessorLimit => "processor limits of control groups",
            Self::ProcessLimit => "process limits of control groups",
            Self::DiskLimit => "disk throttling of control groups",
            Self::Starvation => "memory limits of control groups, of version 2 with the accounting of pressure",
            Self::Fuse => "FUSE",
        })
    }
}
