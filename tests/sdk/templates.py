"""Deployments: validated, previewed, carried out, failed, cancelled, listed, deleted."""

import uuid

from azure.core.exceptions import HttpResponseError
from azure.mgmt.resource.deployments import DeploymentsMgmtClient
from azure.mgmt.resource.resources import ResourceManagementClient

from bench import refused

SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
SUBSCRIPTION_SCHEMA = "https://schema.management.azure.com/schemas/2018-05-01/subscriptionDeploymentTemplate.json#"


def account(name, **more):
    """A storage account of a template."""
    return {
        "type": "Microsoft.Storage/storageAccounts",
        "apiVersion": "2023-04-01",
        "name": name,
        "location": "[resourceGroup().location]",
        "sku": {"name": "Standard_LRS"},
        "kind": "StorageV2",
        "properties": {"allowBlobPublicAccess": False},
        **more,
    }


def template(resources, schema=SCHEMA, **more):
    """A template of some resources."""
    return {"$schema": schema, "contentVersion": "1.0.0.0", "resources": resources, **more}


def deployment(template, parameters=None, **more):
    """The body of a deployment."""
    properties = {"mode": "Incremental", "template": template, "parameters": parameters or {}}
    return {"properties": properties, **more}


def add(bench, group):
    """Adds the trials."""
    client = bench.client(DeploymentsMgmtClient, bench.subscription)
    resources = bench.client(ResourceManagementClient, bench.subscription)
    mark = uuid.uuid4().hex[:8]

    ordinary = template(
        [
            account(
                "[concat(parameters('prefix'), copyIndex())]",
                copy={"name": "accounts", "count": "[parameters('count')]"},
                tags="[if(parameters('tagged'), createObject('by', 'template'), json('null'))]",
            ),
            {
                "type": "Microsoft.ManagedIdentity/userAssignedIdentities",
                "apiVersion": "2023-01-31",
                "name": "[variables('identity')]",
                "location": "[resourceGroup().location]",
                "dependsOn": ["accounts"],
            },
            account("never", condition="[equals(parameters('count'), 0)]"),
        ],
        parameters={
            "prefix": {"type": "string"},
            "count": {"type": "int", "defaultValue": 2, "maxValue": 3},
            "tagged": {"type": "bool", "defaultValue": True},
        },
        variables={"identity": "[toLower(concat('ID-', parameters('prefix')))]"},
        outputs={
            "principal": {"type": "string", "value": "[reference(variables('identity')).principalId]"},
            "blob": {
                "type": "string",
                "value": "[reference(resourceId('Microsoft.Storage/storageAccounts', concat(parameters('prefix'), '0')), '2023-04-01').primaryEndpoints.blob]",
            },
        },
    )
    given = {"prefix": {"value": f"sttpl{mark}"}, "tagged": {"value": None}}

    @bench.trial("deployments: validate, what if, create, outputs, operations")
    def create():
        body = deployment(ordinary, given)
        checked = client.deployments.begin_validate(group, "checked", body).result()
        assert checked.error is None and checked.properties.provisioning_state == "Succeeded", checked
        preview = client.deployments.begin_what_if(group, "checked", body).result()
        kinds = sorted(one.change_type for one in preview.properties.changes if mark in one.resource_id)
        assert kinds == ["Create", "Create", "Create"], kinds
        poller = client.deployments.begin_create_or_update(group, "ordinary", body)
        done = poller.result()
        assert done.properties.provisioning_state == "Succeeded", done.properties.error
        assert len(done.properties.output_resources) == 3
        assert done.properties.outputs["blob"]["value"].startswith(f"https://sttpl{mark}0.blob.")
        assert uuid.UUID(done.properties.outputs["principal"]["value"])
        operations = list(client.deployment_operations.list(group, "ordinary"))
        assert len(operations) == 4, [one.properties.provisioning_operation for one in operations]
        first = next(one for one in operations if one.properties.target_resource)
        assert client.deployment_operations.get(group, "ordinary", first.operation_id).properties.status_code
        assert client.deployments.check_existence(group, "ordinary")
        again = client.deployments.begin_what_if(group, "ordinary", body).result()
        kinds = {one.change_type for one in again.properties.changes if mark in one.resource_id}
        assert kinds == {"NoChange"}, kinds
        assert client.deployments.export_template(group, "ordinary").template["resources"]
        assert any(one.name == "ordinary" for one in client.deployments.list_by_resource_group(group))

    @bench.trial("deployments: what validation refuses")
    def invalid():
        def refuse(wrong, parameters, part):
            error = refused(
                "InvalidTemplate", 400, client.deployments.begin_create_or_update, group, "wrong", deployment(wrong, parameters)
            )
            assert part in error.message, error.message

        refuse(ordinary, {}, "'prefix' is not provided")
        refuse(ordinary, {**given, "more": {"value": 1}}, "'more'")
        refuse(ordinary, {**given, "count": {"value": "2"}}, "Expected 'Integer'")
        refuse(template([account("[nothing('x')]")]), {}, "'nothing' is not valid")
        refuse(template([account("a", dependsOn=["b"])]), {}, "'b' is not defined in the template")
        circle = [account("aaa", dependsOn=["bbb"]), account("bbb", dependsOn=["aaa"])]
        refuse(template(circle), {}, "Circular dependency")
        assert not client.deployments.check_existence(group, "wrong")

    @bench.trial("deployments: a resource that is refused fails the deployment")
    def fails():
        bad = {
            "type": "Microsoft.MachineLearningServices/workspaces/computes",
            "apiVersion": "2024-10-01",
            "name": "no-such-workspace/cluster",
            "location": "westeurope",
            "properties": {"computeType": "AmlCompute", "properties": {"vmSize": "STANDARD_DS3_V2"}},
        }
        try:
            client.deployments.begin_create_or_update(group, "failing", deployment(template([bad]))).result()
            raise AssertionError("it went through")
        except HttpResponseError as error:
            assert error.error.code == "DeploymentFailed", error
            assert error.error.details[0].code == "ParentResourceNotFound", error.error.details
        state = client.deployments.get(group, "failing").properties
        assert state.provisioning_state == "Failed" and state.error.code == "DeploymentFailed"
        operation = next(iter(client.deployment_operations.list(group, "failing"))).properties
        assert operation.status_message.error.code == "ParentResourceNotFound", operation.status_message
        reader = bench.client(DeploymentsMgmtClient, bench.subscription, persona="reader")
        refused(
            "AuthorizationFailed", 403, reader.deployments.begin_create_or_update, group, "reader", deployment(template([]))
        )

    @bench.trial("deployments: while one runs it cannot be replaced, and it can be cancelled")
    def active():
        one = template([account(f"stslow{mark}")])
        client.deployments.begin_create_or_update(group, "slow", deployment(one))
        refused("DeploymentActive", 409, client.deployments.begin_create_or_update, group, "slow", deployment(one))
        client.deployments.cancel(group, "slow")
        assert client.deployments.get(group, "slow").properties.provisioning_state == "Canceled"
        refused("DeploymentCannotBeCancelled", 409, client.deployments.cancel, group, "slow")
        client.deployments.begin_delete(group, "slow").result()
        refused("DeploymentNotFound", 404, client.deployments.get, group, "slow")

    @bench.trial("deployments: of a subscription, with a group and a nested template")
    def subscription():
        name = f"rg-tpl-{mark}"
        nested = {
            "type": "Microsoft.Resources/deployments",
            "apiVersion": "2022-09-01",
            "name": "inner",
            "resourceGroup": name,
            "dependsOn": [f"[subscriptionResourceId('Microsoft.Resources/resourceGroups', '{name}')]"],
            "properties": {
                "mode": "Incremental",
                "expressionEvaluationOptions": {"scope": "inner"},
                "parameters": {"name": {"value": f"stinner{mark}"}},
                "template": template(
                    [account("[parameters('name')]")],
                    parameters={"name": {"type": "string"}},
                    outputs={"id": {"type": "string", "value": "[resourceId('Microsoft.Storage/storageAccounts', parameters('name'))]"}},
                ),
            },
        }
        made = {"type": "Microsoft.Resources/resourceGroups", "apiVersion": "2022-09-01", "name": name, "location": "westeurope"}
        whole = template(
            [nested, made],
            schema=SUBSCRIPTION_SCHEMA,
            outputs={"inner": {"type": "string", "value": "[reference('inner').outputs.id.value]"}},
        )
        body = deployment(whole, location="westeurope")
        done = client.deployments.begin_create_or_update_at_subscription_scope("whole", body).result()
        assert done.properties.provisioning_state == "Succeeded", done.properties.error
        assert done.properties.outputs["inner"]["value"].endswith(f"/storageAccounts/stinner{mark}")
        assert client.deployments.get(name, "inner").properties.provisioning_state == "Succeeded"
        resources.resource_groups.begin_delete(name).result()
        client.deployments.begin_delete_at_subscription_scope("whole").result()
