//! Metrics: series that look like those of a working resource and are always the same for the same question.

use std::f64::consts::TAU;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::defaults::guid;
use super::path::decode;
use super::reply::{Answer, ArmError, Reply};
use super::request::Call;
use super::world::World;

/// One metric of a type.
struct Metric {
    name: &'static str,
    unit: &'static str,
    aggregation: &'static str,
    /// What it is about.
    size: f64,
}

const fn metric(name: &'static str, unit: &'static str, aggregation: &'static str, size: f64) -> Metric {
    Metric { name, unit, aggregation, size }
}

/// Types with metrics, as the services name them.
static METRICS: &[(&str, &[Metric])] = &[
    (
        "Microsoft.MachineLearningServices/workspaces",
        &[
            metric("Active Cores", "Count", "Average", 16.0),
            metric("Active Nodes", "Count", "Average", 3.0),
            metric("Total Nodes", "Count", "Average", 4.0),
            metric("Quota Utilization Percentage", "Count", "Average", 35.0),
            metric("CpuUtilization", "Count", "Average", 40.0),
            metric("Completed Runs", "Count", "Total", 5.0),
            metric("Failed Runs", "Count", "Total", 1.0),
            metric("Started Runs", "Count", "Total", 6.0),
        ],
    ),
    (
        "Microsoft.MachineLearningServices/workspaces/onlineEndpoints",
        &[
            metric("RequestsPerMinute", "Count", "Average", 120.0),
            metric("RequestLatency", "Milliseconds", "Average", 45.0),
            metric("NetworkBytes", "BytesPerSecond", "Average", 20_000.0),
        ],
    ),
    (
        "Microsoft.Storage/storageAccounts",
        &[
            metric("UsedCapacity", "Bytes", "Average", 3.0e10),
            metric("Transactions", "Count", "Total", 900.0),
            metric("Ingress", "Bytes", "Total", 5.0e6),
            metric("Egress", "Bytes", "Total", 8.0e6),
            metric("Availability", "Percent", "Average", 100.0),
        ],
    ),
    (
        "Microsoft.KeyVault/vaults",
        &[
            metric("ServiceApiHit", "Count", "Count", 30.0),
            metric("ServiceApiLatency", "Milliseconds", "Average", 12.0),
            metric("Availability", "Percent", "Average", 100.0),
        ],
    ),
];

/// An error of the metrics service: bare, without `error` around it (`arm-facts` §3).
fn bare(message: String) -> ArmError {
    ArmError::bad_request("BadRequest", message).bare()
}

fn target<'a>(world: &'a World, call: &Call, what: &str) -> Result<&'a Value, ArmError> {
    let action = format!("Microsoft.Insights/{what}/read");
    let scope = call.path.scope();
    world.containers(call, &action)?;
    world.allow(call, &action, &scope)?;
    world.store.get(&scope).map(|document| &**document).ok_or_else(|| {
        ArmError::not_found("ResourceNotFound", format!("The resource '{scope}' was not found."))
    })
}

fn of(document: &Value) -> Result<(&'static str, &'static [Metric]), ArmError> {
    let kind = document["type"].as_str().unwrap_or_default();
    METRICS
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(kind))
        .copied()
        .ok_or_else(|| bare(format!("Microsoft.Insights has no metrics of the resource type '{kind}'.")))
}

/// Answers the definitions of a resource's metrics.
///
/// # Errors
/// ARM's refusals; 400 for a type without metrics.
pub(super) fn definitions(world: &World, call: &Call) -> Answer {
    let document = target(world, call, "metricDefinitions")?;
    let (namespace, metrics) = of(document)?;
    let scope = call.path.scope();
    let grain = |grain: &str| json!({ "timeGrain": grain, "retention": "P93D" });
    let list: Vec<Value> = metrics
        .iter()
        .map(|metric| {
            json!({
                "id": format!("{scope}/providers/Microsoft.Insights/metricdefinitions/{}", metric.name),
                "resourceId": scope, "namespace": namespace, "isDimensionRequired": false,
                "name": { "value": metric.name, "localizedValue": metric.name }, "unit": metric.unit,
                "primaryAggregationType": metric.aggregation,
                "supportedAggregationTypes": ["Average", "Minimum", "Maximum", "Total", "Count"],
                "metricAvailabilities": [grain("PT1M"), grain("PT5M"), grain("PT1H"), grain("P1D")]
            })
        })
        .collect();
    Ok(Reply::ok(&json!({ "value": list })))
}

/// Answers the namespaces of a resource's metrics: its own type.
///
/// # Errors
/// ARM's refusals; 400 for a type without metrics.
pub(super) fn namespaces(world: &World, call: &Call) -> Answer {
    let (namespace, _) = of(target(world, call, "metricNamespaces")?)?;
    let scope = call.path.scope();
    Ok(Reply::ok(&json!({ "value": [{
        "id": format!("{scope}/providers/Microsoft.Insights/metricNamespaces/{namespace}"),
        "name": namespace, "type": "Microsoft.Insights/metricNamespaces", "classification": "Platform",
        "properties": { "metricNamespaceName": namespace }
    }] })))
}

/// Seconds of an interval such as `PT5M`.
fn seconds(interval: &str) -> Option<i64> {
    let span: jiff::Span = interval.starts_with('P').then(|| interval.parse().ok())??;
    let days = i64::from(span.get_days());
    Some(days * 86_400 + i64::from(span.get_hours()) * 3_600 + span.get_minutes() * 60 + span.get_seconds())
        .filter(|seconds| *seconds >= 60)
}

/// Answers the values of metrics over a time.
///
/// # Errors
/// ARM's refusals; a bare 400 for a metric, a time or an interval that is not understood.
pub(super) fn values(world: &World, call: &Call) -> Answer {
    let document = target(world, call, "metrics")?;
    let (namespace, metrics) = of(document)?;
    let scope = call.path.scope();
    let now: Timestamp = call.now.parse().unwrap_or(Timestamp::UNIX_EPOCH);
    let interval = call.query.get("interval").unwrap_or("PT5M");
    let step = seconds(interval).ok_or_else(|| bare(format!("Invalid time grain '{interval}'.")))?;
    let (start, end) = match call.query.get("timespan") {
        None => (now - SignedDuration::from_hours(1), now),
        // `az` encodes it twice.
        Some(text) => decode(text)
            .split_once('/')
            .and_then(|(start, end)| Some((time(start)?, time(end)?)))
            .filter(|(start, end)| start < end)
            .ok_or_else(|| bare(format!("Invalid timespan '{text}': it is START/END, both RFC 3339.")))?,
    };
    let points = (end.as_second() - start.as_second()) / step + 1;
    if points > 11_000 {
        return Err(bare(format!("The timespan has {points} points; a longer interval is needed.")));
    }
    let names = call.query.get("metricnames").unwrap_or_default();
    let wanted: Vec<&Metric> = if names.is_empty() {
        metrics.iter().take(1).collect()
    } else {
        let find = |name: &str| metrics.iter().find(|metric| metric.name.eq_ignore_ascii_case(name.trim()));
        let all: Vec<&str> = metrics.iter().map(|metric| metric.name).collect();
        names
            .split(',')
            .map(|name| {
                find(name).ok_or_else(|| {
                    bare(format!(
                        "Failed to find metric configuration for provider: {namespace}, metric: {name}, Valid metrics: {}",
                        all.join(",")
                    ))
                })
            })
            .collect::<Result<_, _>>()?
    };
    let asked = call.query.get("aggregation").unwrap_or_default();
    let series: Vec<Value> = wanted
        .into_iter()
        .map(|metric| {
            let aggregations = if asked.is_empty() { metric.aggregation } else { asked };
            let data: Vec<Value> = (0..points)
                .map(|point| point_at(&scope, metric, start.as_second() + point * step, aggregations))
                .collect();
            json!({
                "id": format!("{scope}/providers/Microsoft.Insights/metrics/{}", metric.name),
                "type": "Microsoft.Insights/metrics", "name": { "value": metric.name, "localizedValue": metric.name },
                "displayDescription": metric.name, "unit": metric.unit, "errorCode": "Success",
                "timeseries": [{ "metadatavalues": [], "data": data }]
            })
        })
        .collect();
    Ok(Reply::ok(&json!({
        "cost": points, "timespan": format!("{start}/{end}"), "interval": interval, "value": series,
        "namespace": namespace, "resourceregion": document["location"]
    })))
}

fn time(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    text.parse().ok().or_else(|| format!("{text}Z").parse().ok())
}

/// One point: a day's wave, with a phase and a ripple of its own for each resource and metric.
fn point_at(scope: &str, metric: &Metric, second: i64, aggregations: &str) -> Value {
    let seed = guid(scope, metric.name);
    let phase = f64::from(u8::from_str_radix(&seed[..2], 16).unwrap_or_default()) / 256.0;
    #[expect(clippy::cast_precision_loss, reason = "seconds since 1970, far below 2^53")]
    let days = second as f64 / 86_400.0;
    let wave = 0.6 + 0.3 * ((days + phase) * TAU).sin() + 0.1 * ((days * 37.0 + phase) * TAU).sin();
    let value =
        if metric.unit == "Percent" { metric.size } else { (metric.size * wave * 100.0).round() / 100.0 };
    let mut point = json!({ "timeStamp": Timestamp::from_second(second).unwrap_or_default().to_string() });
    for name in aggregations.split(',').map(|name| name.trim().to_ascii_lowercase()) {
        match name.as_str() {
            "average" | "minimum" | "maximum" | "total" | "count" => point[name] = Value::from(value),
            _ => {}
        }
    }
    point
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_iso_durations_of_a_minute_and_more() {
        for (text, wanted) in
            [("PT1M", Some(60)), ("PT1H", Some(3_600)), ("P1D", Some(86_400)), ("PT1S", None), ("5m", None)]
        {
            assert_eq!(seconds(text), wanted, "{text}");
        }
    }

    #[test]
    fn a_point_is_always_the_same_and_differs_between_resources() {
        let metric = &METRICS[0].1[0];
        let at = |scope: &str| point_at(scope, metric, 1_790_000_000, "Average");
        assert_eq!(at("/a"), at("/A"));
        assert_ne!(at("/a"), at("/b"));
        assert!(at("/a")["average"].is_number());
    }
}
