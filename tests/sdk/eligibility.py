"""azure-mgmt-authorization: Privileged Identity Management, deny assignments, what a role can hold."""

import uuid

from azure.mgmt.authorization import AuthorizationManagementClient
from azure.mgmt.resource.resources import ResourceManagementClient
from azure.mgmt.resourcegraph import ResourceGraphClient

from bench import refused, same_id

CONTRIBUTOR = "b24988ac-6180-42a0-ab88-20f7382dd24c"


def add(bench, group):
    """Adds the trials."""
    subscription = bench.subscription
    roles = bench.client(AuthorizationManagementClient, subscription)
    scope = f"/subscriptions/{subscription}/resourceGroups/{group}"
    role = f"/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions/{CONTRIBUTOR}"

    @bench.trial("PIM: eligible, activated, given back, taken away")
    def pim():
        who = bench.object_id("reader")
        body = {
            "principal_id": who,
            "role_definition_id": role,
            "request_type": "AdminAssign",
            "justification": "because",
            "schedule_info": {"expiration": {"type": "AfterDuration", "duration": "P30D"}},
        }
        made = roles.role_eligibility_schedule_requests.create(scope, str(uuid.uuid4()), body)
        assert made.status == "Provisioned", made.status
        mine = list(roles.role_eligibility_schedule_instances.list_for_scope(scope, filter=f"principalId eq '{who}'"))
        assert [one.member_type for one in mine] == ["Direct"], mine
        assert list(roles.role_eligibility_schedules.list_for_scope(scope, filter=f"principalId eq '{who}'"))
        refused("RoleAssignmentExists", 400, roles.role_eligibility_schedule_requests.create, scope, str(uuid.uuid4()), body)
        reader = bench.client(AuthorizationManagementClient, subscription, persona="reader")
        own = list(reader.role_eligibility_schedule_instances.list_for_scope(scope, filter="asTarget()"))
        assert CONTRIBUTOR in {one.role_definition_id.split("/")[-1] for one in own}
        groups = bench.client(ResourceManagementClient, subscription, persona="reader").resource_groups
        refused("AuthorizationFailed", 403, groups.update, group, {"tags": {"by": "reader"}})
        active = {
            "principal_id": who,
            "role_definition_id": role,
            "request_type": "SelfActivate",
            "justification": "now",
            "linked_role_eligibility_schedule_id": mine[0].role_eligibility_schedule_id,
            "schedule_info": {"expiration": {"type": "AfterDuration", "duration": "PT1H"}},
        }
        on = reader.role_assignment_schedule_requests.create(scope, str(uuid.uuid4()), active)
        assert on.status == "Provisioned", on.status
        assert groups.update(group, {"tags": {"by": "reader"}}).tags == {"by": "reader"}
        found = list(reader.role_assignment_schedule_instances.list_for_scope(scope, filter="asTarget()"))
        assert "Activated" in {one.assignment_type for one in found}
        ended = {"principal_id": who, "role_definition_id": role, "request_type": "AdminRemove"}
        assert roles.role_assignment_schedule_requests.create(scope, str(uuid.uuid4()), ended).status == "Revoked"
        refused("AuthorizationFailed", 403, groups.update, group, {"tags": {"by": "reader"}})
        taken = {"principal_id": who, "role_definition_id": role, "request_type": "AdminRemove"}
        assert roles.role_eligibility_schedule_requests.create(scope, str(uuid.uuid4()), taken).status == "Revoked"

    @bench.trial("PIM: the policies of a role, read and changed")
    def policies():
        assigned = list(
            one
            for one in roles.role_management_policy_assignments.list_for_scope(scope)
            if one.role_definition_id.split("/")[-1] == CONTRIBUTOR
        )
        assert len(assigned) == 1, assigned
        policy = roles.role_management_policies.get(scope, assigned[0].policy_id.split("/")[-1])
        longest = next(one for one in policy.rules if one.id == "Expiration_EndUser_Assignment")
        assert longest.maximum_duration
        assert list(roles.eligible_child_resources.get(scope)) is not None

    @bench.trial("access: what denies, what is assigned to whom, by whom a role can be held")
    def reads():
        assert list(roles.deny_assignments.list_for_scope(scope)) is not None
        own = list(roles.role_assignments.list_for_scope(scope, filter="assignedTo('%s')" % bench.object_id("owner")))
        assert own, "the owner has a role"
        one = roles.role_assignments.get_by_id(own[0].id)
        assert same_id(one.id, own[0].id)
        assert list(roles.role_assignments.list_for_subscription())

    @bench.trial("Resource Graph: all pages of a query")
    def pages():
        client = bench.client(ResourceGraphClient)
        query = {"query": "resources | project id | order by id asc", "options": {"$top": 7, "resultFormat": "objectArray"}}
        found, total = [], None
        for _ in range(12):
            answer = client.resources(query)
            total = answer.total_records if total is None else total
            found += [row["id"] for row in answer.data]
            if not answer.skip_token:
                break
            query["options"]["$skipToken"] = answer.skip_token
        assert len(found) == len(set(found)), "a row came twice"
        assert not answer.skip_token or len(found) == 84
