//! Grants, revokes, copies and personas: run, refused and taken back.

use super::*;

#[tokio::test]
async fn a_grant_is_given_once_and_taken_back_whole() {
    let stage = Stage::of("owner").await;
    let before = stage.has(NOBODY).await;
    let run = stage.run(granting()).await;
    assert_eq!((run.phase, words(&run)), (Phase::Done, String::new()));
    assert_eq!(stage.has(NOBODY).await.len(), before.len() + 2);
    let writes = stage.writes().await;

    let again = stage.run(granting()).await;
    assert_eq!(again.phase, Phase::Done);
    assert!(
        again.steps[..2].iter().all(|step| matches!(step.state, StepState::AlreadySo(_))),
        "{:#?}",
        again.steps
    );
    assert_eq!(again.steps[2].state, StepState::Done, "what was given a moment ago is waited for");
    assert_eq!(stage.writes().await, writes, "a repeat changes nothing");

    let undone = stage.undo(&run).await;
    assert_eq!((undone.phase, undone.undoes.as_ref()), (Phase::Done, Some(&run.id)));
    assert_eq!(stage.has(NOBODY).await, before);
    let nothing = stage.runner.undo(&again.id, &[], &Control::default(), &mut |_| {}).await.unwrap_err();
    assert!(nothing.to_string().contains("nothing to undo"), "{nothing}");
}

#[tokio::test]
async fn what_was_there_under_another_name_is_so_already_and_not_taken_back() {
    let stage = Stage::of("owner").await;
    let scope = workspace();
    let own = role_assignment::id(&scope, "0f0e0d0c-0000-4000-8000-000000000001");
    let grant = &grants()[0];
    let mut other = role_assignment::put(&grant.id(), &role_assignment::RoleAssignmentProperties::default());
    other.path = own.as_str().to_owned();
    other.body = granting().steps[0].requests[0].body.clone();
    stage.client.send(&other).await.unwrap();
    let run = stage.run(granting()).await;
    assert!(matches!(run.steps[0].state, StepState::AlreadySo(_)), "{:?}", run.steps[0].state);
    stage.undo(&run).await;
    let left = stage.has(NOBODY).await;
    assert!(left.iter().any(|one| one["name"] == "0f0e0d0c-0000-4000-8000-000000000001"), "{left:?}");
}

#[tokio::test]
async fn a_reader_is_refused_with_words_before_anything_is_sent_and_begins_no_journal() {
    let stage = Stage::of("reader").await;
    let refused =
        stage.runner.run(granting(), None, &Control::default(), &mut |_| {}).await.unwrap_err().to_string();
    for words in ["nothing was sent", "roleAssignments/write on mlw-fraud-dev", "Owner"] {
        assert!(refused.contains(words), "{words}: {refused}");
    }
    assert_eq!(stage.writes().await, 0);
    assert!(stage.runner.journal().list().unwrap().0.is_empty());
}

#[tokio::test]
async fn who_may_not_give_a_role_that_is_there_already_may_still_run_the_plan() {
    let stage = Stage::of("reader").await;
    let owner = emulator::client(&stage.running.url(), "owner");
    let giver = Runner::open(owner, &JournalPlace::Memory(Memory::default()), clock()).await.unwrap();
    let given = giver.run(granting(), None, &Control::default(), &mut |_| {}).await.unwrap();
    assert_eq!(given.phase, Phase::Done);
    let run = stage.run(granting()).await;
    assert!(run.steps.iter().all(|step| matches!(step.state, StepState::AlreadySo(_))), "{:?}", run.steps);
}

#[tokio::test]
async fn who_lost_a_right_meanwhile_neither_goes_on_nor_undoes_and_who_cannot_look_it_up_is_told() {
    let stage = Stage::of("owner").await;
    let control = Control::default();
    let orders = control.clone();
    let mut emit = |event: RunEvent| {
        if let RunEvent::Recorded { record, .. } = event
            && matches!(record.change, Change::StepDone { .. })
        {
            orders.stop(false);
        }
    };
    let stopped = stage.runner.run(granting(), None, &control, &mut emit).await.unwrap();
    assert_eq!(stopped.phase, Phase::Stopped);
    stage.running.add_fault(Fault {
        status: Some(200),
        body: Some(json!({"value": [{"actions": ["*/read"], "notActions": []}]})),
        ..Fault::on("GET", "*/Microsoft.Authorization/permissions")
    });
    let control = Control::default();
    let resumed = stage.runner.resume(&stopped.id, &control, &mut |_| {}).await.unwrap_err().to_string();
    assert!(resumed.contains("nothing was sent: you lack"), "{resumed}");
    assert!(resumed.contains("roleAssignments/write on mlw-fraud-dev"), "{resumed}");
    let undone = stage.runner.undo(&stopped.id, &[], &control, &mut |_| {}).await.unwrap_err().to_string();
    assert!(undone.contains("roleAssignments/delete on mlw-fraud-dev"), "{undone}");
    let listed = stage.runner.journal().list().unwrap().0;
    assert_eq!((listed.len(), listed[0].run.phase), (1, Phase::Stopped), "it waits as it did");

    stage.running.clear_faults();
    stage.running.add_fault(Fault {
        status: Some(400),
        body: Some(json!({"error": {"code": "BadRequest", "message": "Not today."}})),
        ..Fault::on("GET", "*/Microsoft.Authorization/permissions")
    });
    let mut told = Vec::new();
    let mut emit = |event: RunEvent| {
        if let RunEvent::Told { words } = event {
            told.push(words);
        }
    };
    let run = stage.runner.resume(&stopped.id, &control, &mut emit).await.unwrap();
    assert_eq!((run.phase, words(&run)), (Phase::Done, String::new()));
    assert!(told.len() == 1 && told[0].contains("could not be looked up"), "{told:?}");
}

#[tokio::test]
async fn a_read_only_console_cannot_write_and_begins_no_journal() {
    let running = emulator::start(emulator::options()).await;
    let options = ClientOptions { read_only: true, ..emulator::client_options(&running.url(), "owner") };
    let place = JournalPlace::Memory(Memory::default());
    let runner = Runner::open(Client::new(options), &place, clock()).await.unwrap();
    let error = runner.run(granting(), None, &Control::default(), &mut |_| {}).await.unwrap_err();
    assert!(matches!(error, RunError::ReadOnly), "{error}");
    assert!(runner.journal().list().unwrap().0.is_empty());
}

#[tokio::test]
async fn a_revoked_role_comes_back_with_its_name_condition_and_description() {
    let stage = Stage::of("owner").await;
    let scope = workspace();
    let mut conditional = grants().remove(0);
    conditional.role = roles::BLOB_READER.into();
    conditional.condition = Some(
        "((!(ActionMatches{'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read'})))"
            .to_owned(),
    );
    conditional.description = Some("for the audit".to_owned());
    let plan = grant(Kind::Grant, "t", scope.clone(), &[conditional], &Setting::default());
    assert_eq!(stage.run(plan).await.phase, Phase::Done);
    let before = stage.has(NOBODY).await;
    let existing = before.iter().map(|one| Existing {
        assignment: serde_json::from_value(one.clone()).unwrap(),
        who: nobody(),
        role: "Storage Blob Data Reader".to_owned(),
        place: "mlw-fraud-dev".to_owned(),
        pim: None,
        one_way: None,
        requests: Default::default(),
    });
    let plan = revoke(scope, &existing.collect::<Vec<_>>(), &Setting::default());
    let run = stage.run(plan.clone()).await;
    assert_eq!((run.phase, words(&run)), (Phase::Done, String::new()));
    assert_eq!(stage.has(NOBODY).await, Vec::<Value>::new());
    let undone = stage.undo(&run).await;
    assert_eq!((undone.phase, words(&undone)), (Phase::Done, String::new()));
    assert_eq!(stage.has(NOBODY).await, before);
    // And the undo can be undone.
    let again = stage.undo(&undone).await;
    assert_eq!((again.phase, words(&again)), (Phase::Done, String::new()));
    assert_eq!(stage.has(NOBODY).await, Vec::<Value>::new());
    let repeated = stage.run(plan).await;
    assert!(repeated.steps.iter().all(|step| matches!(step.state, StepState::AlreadySo(_))));
}

#[tokio::test]
async fn an_assignment_that_somebody_changed_meanwhile_stops_the_run() {
    let stage = Stage::of("owner").await;
    stage.run(granting()).await;
    let one = stage.has(NOBODY).await.remove(0);
    let existing = Existing {
        assignment: serde_json::from_value(one.clone()).unwrap(),
        who: nobody(),
        role: "Reader".to_owned(),
        place: "mlw-fraud-dev".to_owned(),
        pim: None,
        one_way: None,
        requests: Default::default(),
    };
    let plan = revoke(workspace(), &[existing], &Setting::default());
    // Somebody else narrows it before the plan runs.
    let id = ArmId::parse(one["id"].as_str().unwrap()).unwrap();
    let mut changed: role_assignment::RoleAssignment = serde_json::from_value(one).unwrap();
    changed.properties.condition = Some("((!(ActionMatches{'x/y/read'})))".to_owned());
    stage.client.send(&role_assignment::put(&id, &changed.properties)).await.unwrap();
    let run = stage.run(plan).await;
    assert_eq!(run.phase, Phase::Failed);
    assert!(words(&run).contains("changed meanwhile by somebody else"), "{}", words(&run));
    assert_eq!(stage.has(NOBODY).await.len(), 2);
}

#[tokio::test]
async fn a_grant_overwrites_none_that_stands_under_another_condition() {
    let stage = Stage::of("owner").await;
    let plain = grants().remove(0);
    let condition = |name: &str| format!("(@Resource[x:name] StringEquals '{name}')");
    let narrow = |name: &str| Grant { condition: Some(condition(name)), ..plain.clone() };
    let giving = |one: Grant| grant(Kind::Grant, "t", workspace(), &[one], &Setting::default());
    for (stands, asked) in [
        (narrow("Alice"), plain.clone()),
        (plain.clone(), narrow("Alice")),
        (narrow("Alice"), narrow("alice")),
    ] {
        let given = stage.run(giving(stands)).await;
        assert_eq!((given.phase, words(&given)), (Phase::Done, String::new()));
        let (before, writes) = (stage.has(NOBODY).await, stage.writes().await);
        assert_eq!(before.len(), 1);
        let plan = giving(asked);
        let told = stage.runner.ahead(&plan).await.remove(0).text;
        let run = stage.run(plan).await;
        assert_eq!(run.phase, Phase::Failed);
        for text in [&told, &words(&run)] {
            assert!(text.contains("Nobody does not have Reader on mlw-fraud-dev already under"), "{text}");
            assert!(text.contains("revoke that first"), "{text}");
        }
        assert_eq!((stage.has(NOBODY).await, stage.writes().await), (before, writes), "nothing was sent");
        let nothing = stage.runner.undo(&run.id, &[], &Control::default(), &mut |_| {}).await.unwrap_err();
        assert!(nothing.to_string().contains("nothing to undo"), "{nothing}");
        let undone = stage.undo(&given).await;
        assert_eq!((undone.phase, words(&undone)), (Phase::Done, String::new()));
        assert_eq!(stage.has(NOBODY).await, Vec::<Value>::new());
    }
}

#[tokio::test]
async fn an_undo_deletes_no_assignment_that_somebody_has_changed_since() {
    let stage = Stage::of("owner").await;
    let run = stage.run(granting()).await;
    let one = stage.has(NOBODY).await.remove(0);
    let id = ArmId::parse(one["id"].as_str().unwrap()).unwrap();
    let mut changed: role_assignment::RoleAssignment = serde_json::from_value(one).unwrap();
    changed.properties.condition = Some("(@Resource[x:name] StringEquals 'Alice')".to_owned());
    stage.client.send(&role_assignment::put(&id, &changed.properties)).await.unwrap();
    let undone = stage.undo(&run).await;
    assert_eq!(undone.phase, Phase::Failed);
    assert!(words(&undone).contains("the condition that it was made with"), "{}", words(&undone));
    assert!(stage.client.value(&role_assignment::get(&id)).await.is_ok());
}

#[tokio::test]
async fn one_persons_access_is_copied_to_another() {
    let stage = Stage::of("owner").await;
    let has = stage.has("f20f9a72-6dfa-475a-a095-bfc99082805a").await;
    let copied: Vec<Copied> = has
        .iter()
        .map(|one| Copied {
            assignment: serde_json::from_value(one.clone()).unwrap(),
            role: "role".to_owned(),
            place: "place".to_owned(),
            end: None,
            requests: Default::default(),
        })
        .collect();
    assert!(!copied.is_empty());
    let from = Who {
        id: "f20f9a72-6dfa-475a-a095-bfc99082805a".into(),
        name: "A".into(),
        kind: PrincipalKind::User,
    };
    let run = stage.run(copy(workspace(), &from, &nobody(), &copied, &[], &Setting::default())).await;
    assert_eq!((run.phase, words(&run)), (Phase::Done, String::new()));
    let roles = |all: &[Value]| {
        let pair = |one: &Value| {
            (one["properties"]["scope"].to_string(), one["properties"]["roleDefinitionId"].to_string())
        };
        let mut all: Vec<_> = all.iter().map(pair).collect();
        all.sort();
        all
    };
    assert_eq!(roles(&stage.has(NOBODY).await), roles(&has));
}

#[tokio::test]
async fn a_persona_gets_its_roles_on_the_workspace_and_its_storage() {
    let stage = Stage::of("owner").await;
    let body = stage.client.value(&Request::get(&workspace(), "2024-10-01-preview")).await.unwrap();
    let storage = ArmId::parse(body["properties"]["storageAccount"].as_str().unwrap()).unwrap();
    let targets = Targets { storage: Some(storage), ..Targets::new(workspace()) };
    let mut count = 0;
    let mut name = || {
        count += 1;
        format!("e2000000-0000-4000-8000-{count:012}")
    };
    let persona = Persona::named("data-scientist").unwrap();
    let plan =
        apply(persona, personas::Stage::Development, &nobody(), &targets, &mut name, &Setting::default());
    let run = stage.run(plan).await;
    assert_eq!((run.phase, words(&run)), (Phase::Done, String::new()));
    assert_eq!(stage.has(NOBODY).await.len(), 3);
    let support = Persona::named("platform-support").unwrap();
    let plan =
        apply(support, personas::Stage::Development, &nobody(), &targets, &mut name, &Setting::default());
    let run = stage.run(plan.clone()).await;
    assert_eq!((run.phase, words(&run)), (Phase::Done, String::new()));
    assert!(stage.run(plan).await.steps.iter().all(|step| matches!(step.state, StepState::AlreadySo(_))));
    let undone = stage.undo(&run).await;
    assert_eq!((undone.phase, words(&undone)), (Phase::Done, String::new()));
}
