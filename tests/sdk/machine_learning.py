"""azure-ai-ml: workspaces in every variant, their changes, networks, computes and ends."""

import os
import uuid

from azure.ai.ml import MLClient
from azure.ai.ml._azure_environments import _get_clouds_by_metadata_url
from azure.ai.ml.constants._workspace import IsolationMode
from azure.ai.ml.entities import (
    AmlCompute,
    ComputeInstance,
    CustomerManagedKey,
    FeatureStore,
    FqdnDestination,
    Hub,
    IdentityConfiguration,
    ManagedIdentityConfiguration,
    ManagedNetwork,
    PrivateEndpointDestination,
    Project,
    ServiceTagDestination,
    Workspace,
)
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.mgmt.authorization import AuthorizationManagementClient
from azure.mgmt.keyvault import KeyVaultManagementClient
from azure.mgmt.resource.resources import ResourceManagementClient
from azure.mgmt.storage import StorageManagementClient

import inside
from bench import Token, refused, same_id


def client(bench, group, persona="owner"):
    """azure-ai-ml takes the address of Azure Resource Manager from a cloud's metadata."""
    return MLClient(
        Token(persona),
        bench.subscription,
        group,
        cloud=f"Emulator{uuid.uuid4().hex}",
        cloud_metadata={
            "azure_portal": "https://portal.azure.com",
            "resource_manager": bench.url,
            "active_directory": "https://login.microsoftonline.com",
            "aml_resource_id": "https://ml.azure.com",
            "storage_endpoint": "core.windows.net",
            "registry_discovery_endpoint": "https://eastus.api.azureml.ms/",
        },
    )


def principal_of(identity):
    """The object id of an assigned identity, under the name that this release keeps it."""
    return vars(identity)["principalId"]


def add(bench, group):
    """Adds the trials."""
    ml = client(bench, group)
    subscription = bench.subscription
    resources = bench.client(ResourceManagementClient, subscription)
    storage = bench.client(StorageManagementClient, subscription)
    vaults = bench.client(KeyVaultManagementClient, subscription)
    roles = bench.client(AuthorizationManagementClient, subscription)
    scope = f"/subscriptions/{subscription}/resourceGroups/{group}"
    identity = f"{scope}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-ml"
    registry = f"{scope}/providers/Microsoft.ContainerRegistry/registries/crsdk{uuid.uuid4().hex[:8]}"
    made = {}

    def account_of(workspace):
        return storage.storage_accounts.get_properties(group, workspace.storage_account.split("/")[-1])

    def vault_of(workspace):
        return vaults.vaults.get(group, workspace.key_vault.split("/")[-1])

    def rest(workspace):
        return ml.workspaces._operation.get(group, workspace.name)

    @bench.trial("azure-ai-ml: a cloud found by its metadata")
    def metadata():
        os.environ["ARM_CLOUD_METADATA_URL"] = f"{bench.url}/metadata/endpoints?api-version=2019-05-01"
        found = _get_clouds_by_metadata_url(os.environ["ARM_CLOUD_METADATA_URL"])["AmldeckEmulator"]
        assert found["resource_manager"].rstrip("/") == bench.url, found
        del os.environ["ARM_CLOUD_METADATA_URL"]

    @bench.trial("azure-ai-ml: workspaces made in every variant")
    def variants():
        by_id = resources.resources.begin_create_or_update_by_id
        by_id(identity, {"location": "westeurope"}, api_version="2023-01-31").result()
        by_id(registry, {"location": "westeurope", "sku": {"name": "Premium"}}, api_version="2023-07-01").result()
        own = f"{scope}/providers/Microsoft.Storage/storageAccounts/{bench.account}"
        vault = f"{scope}/providers/Microsoft.KeyVault/vaults/{bench.vault}"
        rules = [
            FqdnDestination(name="pypi", destination="*.pypi.org"),
            ServiceTagDestination(name="tag", service_tag="DataFactory", protocol="TCP", port_ranges="80, 8080-8089"),
            PrivateEndpointDestination(
                name="blob", service_resource_id=own, subresource_target="blob", spark_enabled=False
            ),
        ]
        wanted = {
            "plain": Workspace(name="mlw-plain", location="westeurope", tags={"team": "one"}),
            "no-location": Workspace(name="mlw-no-location", description="d", display_name="D"),
            "existing": Workspace(
                name="mlw-existing", location="westeurope", storage_account=own, key_vault=vault, container_registry=registry
            ),
            "identity-mode": Workspace(
                name="mlw-identity-mode", location="westeurope", system_datastores_auth_mode="identity"
            ),
            "internet": Workspace(
                name="mlw-internet",
                location="westeurope",
                managed_network=ManagedNetwork(isolation_mode=IsolationMode.ALLOW_INTERNET_OUTBOUND),
            ),
            "approved": Workspace(
                name="mlw-approved",
                location="westeurope",
                managed_network=ManagedNetwork(
                    isolation_mode=IsolationMode.ALLOW_ONLY_APPROVED_OUTBOUND, outbound_rules=rules
                ),
            ),
            "provisioned": Workspace(
                name="mlw-provisioned",
                location="westeurope",
                provision_network_now=True,
                managed_network=ManagedNetwork(isolation_mode=IsolationMode.ALLOW_INTERNET_OUTBOUND),
            ),
            "private": Workspace(name="mlw-private", location="westeurope", public_network_access="Disabled"),
            "user-assigned": Workspace(
                name="mlw-user-assigned",
                location="westeurope",
                identity=IdentityConfiguration(
                    type="UserAssigned", user_assigned_identities=[ManagedIdentityConfiguration(resource_id=identity)]
                ),
                primary_user_assigned_identity=identity,
            ),
            "own-key": Workspace(
                name="mlw-own-key",
                location="westeurope",
                hbi_workspace=True,
                customer_managed_key=CustomerManagedKey(key_vault=vault, key_uri="https://v.vault.azure.net/keys/k/1"),
            ),
            "isolated-data": Workspace(
                name="mlw-isolated-data",
                location="westeurope",
                enable_data_isolation=True,
                allow_roleassignment_on_rg=False,
            ),
            "hub": Hub(name="mlw-hub", location="westeurope"),
        }
        started = {name: ml.workspaces.begin_create(workspace) for name, workspace in wanted.items()}
        for name, poller in started.items():
            try:
                made[name] = poller.result()
            except Exception as error:
                raise AssertionError(name) from error
            assert rest(made[name]).provisioning_state == "Succeeded", name
        project = Project(name="mlw-project", location="westeurope", hub_id=made["hub"].id)
        made["project"] = ml.workspaces.begin_create(project).result()

    @bench.trial("azure-ai-ml: a plain workspace is as the service makes it")
    def plain():
        workspace = made["plain"]
        assert workspace.tags["team"] == "one" and workspace.tags["createdByToolkit"].startswith("sdk-v2-")
        assert workspace.public_network_access == "Enabled" and workspace.hbi_workspace is False
        assert workspace.identity.principal_id and workspace.mlflow_tracking_uri and workspace.discovery_url
        assert workspace.system_datastores_auth_mode.lower() == "accesskey"
        assert workspace.managed_network.isolation_mode == "Disabled"
        assert workspace.application_insights and not workspace.container_registry
        body = rest(workspace).as_dict()["properties"]
        assert body["allowRoleAssignmentOnRG"] is True and body["enableDataIsolation"] is False, body
        assert "encryption" not in body, body["encryption"]
        account = account_of(workspace)
        assert account.public_network_access == "Enabled" and account.allow_blob_public_access is False
        assert account.tags["createdByToolkit"] and account.allow_shared_key_access is None
        assert vault_of(workspace).properties.enable_rbac_authorization is True
        component = resources.resources.get_by_id(workspace.application_insights, api_version="2020-02-02")
        assert component.properties["WorkspaceResourceId"]
        granted = roles.role_assignments.list_for_scope(
            scope, filter=f"principalId eq '{workspace.identity.principal_id}'"
        )
        granted = {one.role_definition_id.split("/")[-1] for one in granted}
        assert "b78c5d69-af96-48a3-bf8d-a8b4d589de94" in granted, granted
        located = made["no-location"]
        assert (located.location, located.description, located.display_name) == ("westeurope", "d", "D")

    @bench.trial("azure-ai-ml: the other variants are as they were asked for")
    def others():
        assert same_id(made["existing"].container_registry, registry)
        assert made["existing"].storage_account.endswith(f"/{bench.account}")
        assert made["identity-mode"].system_datastores_auth_mode == "identity"
        for name in ("internet", "approved"):
            assert made[name].public_network_access == "Enabled"
            assert account_of(made[name]).public_network_access == "Disabled", name
            assert account_of(made[name]).network_rule_set.default_action == "Deny", name
            assert vault_of(made[name]).properties.public_network_access == "Disabled", name
        assert made["internet"].managed_network.isolation_mode == "AllowInternetOutbound"
        network = made["approved"].managed_network
        assert network.isolation_mode == "AllowOnlyApprovedOutbound"
        found = {rule.name: rule for rule in network.outbound_rules if rule.category == "UserDefined"}
        assert set(found) == {"pypi", "tag", "blob"}, found
        assert found["pypi"].destination == "*.pypi.org" and found["tag"].port_ranges == "80, 8080-8089"
        assert made["provisioned"].managed_network.status.status == "Active", made["provisioned"].managed_network.status
        assert made["private"].public_network_access == "Disabled"
        owned = made["user-assigned"]
        assert owned.identity.type.lower() == "user_assigned", owned.identity.type
        assert principal_of(owned.identity.user_assigned_identities[0])
        assert same_id(owned.primary_user_assigned_identity, identity)
        key = made["own-key"]
        assert key.hbi_workspace is True and key.customer_managed_key.key_uri.endswith("/keys/k/1")
        isolated = rest(made["isolated-data"]).as_dict()["properties"]
        assert isolated["enableDataIsolation"] is True and isolated["allowRoleAssignmentOnRG"] is False
        principal = made["isolated-data"].identity.principal_id
        granted = roles.role_assignments.list_for_scope(scope, filter=f"principalId eq '{principal}'")
        assert not [one for one in granted if same_id(one.scope, scope)]
        assert made["hub"]._kind == "hub" and made["project"]._kind == "project"
        assert same_id(made["project"].hub_id, made["hub"].id)
        assert made["project"].id in rest(made["hub"]).as_dict()["properties"]["associatedWorkspaces"]

    @bench.trial("azure-ai-ml: a feature store, with its nested deployments")
    def feature_store():
        store = ml.feature_stores.begin_create(
            FeatureStore(name="fs-sdk", location="westeurope"), grant_materialization_permissions=True
        ).result()
        assert store._kind.lower() == "featurestore"
        principal = principal_of(store.materialization_identity)
        granted = list(roles.role_assignments.list_for_scope(scope, filter=f"principalId eq '{principal}'"))
        found = {one.role_definition_id.split("/")[-1] for one in granted}
        assert {"f6c7c914-8db3-469d-8ca1-694a8f32e121", "ba92f5b4-2d11-453d-a403-e96b0029c9fe"} <= found, found
        assert [one.name for one in ml.feature_stores.list()] == ["fs-sdk"]
        ml.feature_stores.begin_delete("fs-sdk", delete_dependent_resources=True).result()

    @bench.trial("azure-ai-ml: lists, by kind and by subscription")
    def lists():
        names = {one.name for one in ml.workspaces.list()}
        assert {"mlw-plain", "mlw-hub", "mlw-project"} <= names, names
        assert {one.name for one in ml.workspaces.list(filtered_kinds=["hub"])} == {"mlw-hub"}
        assert names <= {one.name for one in ml.workspaces.list(scope="subscription")}

    @bench.trial("azure-ai-ml: changes")
    def changes():
        small = ml.workspaces.begin_update(Workspace(name="mlw-plain", system_datastores_auth_mode="identity")).result()
        assert small.system_datastores_auth_mode == "identity" and small.tags == {}, small.tags
        principal = small.identity.principal_id
        workspace = ml.workspaces.get("mlw-plain")
        workspace.system_datastores_auth_mode = "accesskey"
        workspace.description, workspace.tags = "changed", {"a": "b"}
        changed = ml.workspaces.begin_update(workspace).result()
        assert (changed.description, changed.tags) == ("changed", {"a": "b"})
        assert changed.system_datastores_auth_mode == "accesskey" and changed.identity.principal_id == principal
        again = ml.workspaces.begin_create(Workspace(name="mlw-plain", tags={"c": "d"})).result()
        assert again.tags == {"a": "b", "c": "d"}, again.tags
        closed = ml.workspaces.begin_update(Workspace(name="mlw-plain", public_network_access="Disabled")).result()
        assert closed.public_network_access == "Disabled"

    @bench.trial("azure-ai-ml: diagnose, keys, resynchronised keys, datastores")
    def looks():
        found = ml.workspaces.begin_diagnose("mlw-plain").result()
        assert found.storage_account_results == [] and found.key_vault_results == [], found
        assert ml.workspaces.get_keys("mlw-plain").user_storage_key
        ml.workspaces.begin_sync_keys("mlw-plain").result()
        inside = client(bench, group)
        inside._operation_scope._workspace_name = "mlw-plain"
        names = {one.name for one in inside.datastores.list()}
        assert "workspaceblobstore" in names, names

    @bench.trial("azure-ai-ml: outbound rules and the managed network")
    def network():
        rules = ml.workspace_outbound_rules
        done = rules.begin_create("mlw-approved", FqdnDestination(name="conda", destination="conda.anaconda.org")).result()
        assert (done.name, done.destination) == ("conda", "conda.anaconda.org")
        assert rules.get("mlw-approved", "conda").category == "UserDefined"
        rules.begin_update("mlw-approved", FqdnDestination(name="conda", destination="*.anaconda.org")).result()
        assert {one.name: one for one in rules.list("mlw-approved")}["conda"].destination == "*.anaconda.org"
        done = ml.workspaces.begin_provision_network(workspace_name="mlw-approved", include_spark=False).result()
        assert (done.status, done.spark_ready) == ("Active", False), done
        assert ml.workspaces.get("mlw-approved").managed_network.status.status == "Active"
        rules.begin_remove("mlw-approved", "conda").result()
        assert "conda" not in {one.name for one in rules.list("mlw-approved")}
        workspace = ml.workspaces.get("mlw-plain")
        workspace.managed_network = ManagedNetwork(
            isolation_mode="AllowOnlyApprovedOutbound", outbound_rules=[FqdnDestination(name="one", destination="one.org")]
        )
        changed = ml.workspaces.begin_update(workspace).result()
        assert changed.managed_network.isolation_mode == "AllowOnlyApprovedOutbound"
        assert "one" in {one.name for one in rules.list("mlw-plain")}
        workspace.managed_network = ManagedNetwork(isolation_mode="Disabled")
        taken_back = refused("BadRequest", 400, lambda: ml.workspaces.begin_update(workspace).result())
        assert "isolation mode" in taken_back.message, taken_back

    @bench.trial("azure-ai-ml: computes")
    def computes():
        inside = client(bench, group)
        inside._operation_scope._workspace_name = "mlw-existing"
        compute = inside.compute
        instance = compute.begin_create_or_update(ComputeInstance(name="ci-sdk", size="Standard_DS3_v2")).result()
        assert instance.state == "Running", instance.state
        cluster = AmlCompute(name="cpu-cluster", size="Standard_DS3_v2", min_instances=0, max_instances=2)
        assert compute.begin_create_or_update(cluster).result().provisioning_state == "Succeeded"
        assert {one.name for one in compute.list()} == {"ci-sdk", "cpu-cluster"}
        compute.begin_stop("ci-sdk").result()
        assert compute.get("ci-sdk").state == "Stopped"
        compute.begin_start("ci-sdk").result()
        assert compute.get("ci-sdk").state == "Running"
        compute.begin_restart("ci-sdk").result()
        assert compute.get("ci-sdk").state == "Running"
        cluster.max_instances = 4
        assert compute.begin_update(cluster).result().max_instances == 4
        compute.begin_delete("ci-sdk").result()
        assert {one.name for one in compute.list()} == {"cpu-cluster"}

    inside.add(bench, group, client(bench, group))

    @bench.trial("azure-ai-ml: failures are told as the service tells them")
    def failures():
        nowhere = f"{scope}/providers/Microsoft.Storage/storageAccounts/nosuchaccount"
        try:
            ml.workspaces.begin_create(
                Workspace(name="mlw-broken", location="westeurope", storage_account=nowhere)
            ).result()
            raise AssertionError("a workspace was made on an account that is not there")
        except HttpResponseError as error:
            assert "nosuchaccount" in str(error), error
        reader = client(bench, group, persona="reader")
        try:
            reader.workspaces.begin_create(Workspace(name="mlw-forbidden", location="westeurope")).result()
            raise AssertionError("a reader made a workspace")
        except HttpResponseError as error:
            assert error.error.code == "AuthorizationFailed", error
        try:
            ml.workspaces.get("mlw-none")
            raise AssertionError("what is not there was read")
        except ResourceNotFoundError as error:
            assert error.error.code == "ResourceNotFound", error

    @bench.trial("azure-ai-ml: deleted alone, and with everything it depends on")
    def deletes():
        ml.workspaces.begin_delete("mlw-project", delete_dependent_resources=False).result()
        alone, whole = made["identity-mode"], made["private"]
        ml.workspaces.begin_delete(alone.name, delete_dependent_resources=False, permanently_delete=True).result()
        assert account_of(alone).name
        ml.workspaces.begin_delete(whole.name, delete_dependent_resources=True, permanently_delete=True).result()
        left = {one.id.lower() for one in resources.resources.list_by_resource_group(group)}
        for gone in (whole.id, whole.storage_account, whole.key_vault, whole.application_insights):
            assert gone.lower() not in left, gone
