//! A model of a cluster, for tests of the run on virtual time. (in progress)
