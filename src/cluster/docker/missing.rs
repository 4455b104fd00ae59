//! What keeps a cluster from being ready, in words: for whoever waited for it in vain.

use anyhow::Result;

use super::DockerCluster;
use super::balancer::Opinion;
use crate::cluster::Cluster;

/// Everything that is missing now, a line each; services with the last words of their containers at the end.
pub(super) async fn missing(cluster: &DockerCluster) -> String {
    let topology = cluster.topology();
    let mut lines = Vec::new();
    for (name, role) in topology.roles.iter().filter(|(_, role)| role.primary.is_some()) {
        lines.extend(primary(name, &role.services, &cluster.primaries(name).await));
    }
    for detector in &topology.detectors {
        if let Some(opinions) = cluster.opinions_of(detector).await {
            lines.extend(kept_out(&detector.name, &opinions));
        }
    }
    for service in topology.services() {
        if !cluster.ready(service).await.unwrap_or(false) {
            let words = cluster.engine().last_words(&cluster.site().container(service)).await;
            lines.push(format!("{service} is not ready; its last words:\n{words}"));
        }
    }
    if lines.is_empty() { "nothing is missing any more, but it came too late".to_owned() } else { lines.join("\n") }
}

/// What is wrong with the primaries that were found of a role.
pub(super) fn primary(role: &str, services: &[String], found: &Result<Vec<String>>) -> Option<String> {
    let seen = match found.as_deref() {
        Ok([_]) => return None,
        Ok([]) => format!("none of {} says that it is", services.join(", ")),
        Ok(several) => format!("{} say that they are", several.join(" and ")),
        Err(error) => return Some(format!("role `{role}`: who is primary cannot be asked: {error:#}")),
    };
    Some(format!("role `{role}`: {seen} the primary; expected exactly one"))
}

/// Which nodes a balancer keeps out.
pub(super) fn kept_out(balancer: &str, opinions: &Result<Vec<Opinion>>) -> Option<String> {
    let opinions = match opinions {
        Ok(opinions) if opinions.is_empty() => return Some(format!("{balancer} names no node")),
        Ok(opinions) => opinions,
        Err(error) => return Some(format!("{balancer} cannot be asked: {error:#}")),
    };
    let out = opinions.iter().filter(|opinion| !opinion.up);
    let out: Vec<_> = out.map(|one| format!("{} ({})", one.service, one.detail)).collect();
    (!out.is_empty()).then(|| format!("{balancer} keeps out {}", out.join(", ")))
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    #[test]
    fn exactly_one_service_is_the_primary_of_its_role() {
        let all = ["db1", "db2"].map(str::to_owned);
        let said = |found: &[String]| primary("db", &all, &Ok(found.to_vec()));
        assert_eq!(said(&all[..1]), None);
        let none = "role `db`: none of db1, db2 says that it is the primary; expected exactly one";
        assert_eq!(said(&[]).as_deref(), Some(none));
        let two = "role `db`: db1 and db2 say that they are the primary; expected exactly one";
        assert_eq!(said(&all).as_deref(), Some(two));
        let silent = primary("db", &all, &Err(anyhow!("no engine")));
        assert_eq!(silent.as_deref(), Some("role `db`: who is primary cannot be asked: no engine"));
    }

    #[test]
    fn a_node_that_is_kept_out_is_named() {
        let opinion = |service: &str, up| Opinion {
            service: service.to_owned(),
            up,
            in_maintenance: false,
            detail: "DOWN, L7TOUT".to_owned(),
            requests: None,
            queued: None,
        };
        let said = |opinions| kept_out("balancer", &Ok(opinions));
        assert_eq!(said(vec![opinion("web1", true)]), None);
        let one = said(vec![opinion("web1", true), opinion("web2", false)]);
        assert_eq!(one.as_deref(), Some("balancer keeps out web2 (DOWN, L7TOUT)"));
        assert_eq!(said(Vec::new()).as_deref(), Some("balancer names no node"));
        let silent = kept_out("balancer", &Err(anyhow!("silent")));
        assert_eq!(silent.as_deref(), Some("balancer cannot be asked: silent"));
    }
}
