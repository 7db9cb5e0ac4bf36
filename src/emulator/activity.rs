/// Answers the activity log of a subscription.
///
/// # Errors
/// 400 without a `$filter` on the time, as the service asks for one.
pub(super) fn activity_log(world: &World, call: &Call) -> Answer {
    let action = "Microsoft.Insights/eventtypes/management/values/read";
    world.containers(call, action)?;
    let refuse = |text: &str| {
        ArmError::bad_request(
            "BadRequest",
            format!("The $filter '{text}' is not supported: it needs eventTimestamp ge '..'."),
        )
    };
    let text = call.query.get("$filter").unwrap_or_default();
    if !text.to_ascii_lowercase().contains("eventtimestamp") {
        return Err(refuse(text));
    }
    let filter = Filter::parse(text).map_err(|_| refuse(text))?;
    let reader = world.reader(call);
    let below = key(&format!("/subscriptions/{}/", call.path.subscription.as_deref().unwrap_or_default()));
    let mut found: Vec<&Value> = world
        .store
        .events(&below)
        .map(|document| &**document)
        .filter(|event| {
            filter.alternatives().iter().any(|terms| terms.iter().all(|term| event_fits(event, term)))
        })
        .filter(|event| {
            let resource = event["resourceId"].as_str().unwrap_or(&below);
            reader.judge(action, resource, false).is_allowed()
        })
        .collect();
    let time = |event: &Value| event["eventTimestamp"].as_str().unwrap_or_default().to_owned();
    found.sort_by_key(|event| std::cmp::Reverse(time(event)));
    page(call, &found, &Paging::arm(world.settings.page_size))
}

/// One comparison on an event. `resourceUri` and `resourceGroupName` are names that only the filter has.
fn event_fits(event: &Value, term: &Term) -> bool {
    let text = |name: &str| {
        let found = match name.to_ascii_lowercase().as_str() {
            "resourceuri" | "resourceid" => &event["resourceId"],
            "resourcegroupname" | "resourcegroup" => &event["resourceGroupName"],
            "resourceprovider" => &event["resourceProviderName"]["value"],
            "eventtimestamp" => &event["eventTimestamp"],
            "correlationid" => &event["correlationId"],
            "status" => &event["status"]["value"],
            "caller" => &event["caller"],
            "levels" => &event["level"],
            // Everything in the estate is in these channels.
            "eventchannels" => return None,
            _ => &Value::Null,
        };
        Some(found.as_str().unwrap_or_default())
    };
    match term {
        Term::Equal(name, value) => text(name).is_none_or(|found| found.eq_ignore_ascii_case(value)),
        Term::AtLeast(name, value) => text(name).is_none_or(|found| found >= value.as_str()),
        Term::AtMost(name, value) => text(name).is_none_or(|found| found <= value.as_str()),
        _ => false,
    }
}

