"""The azure-mgmt clients: subscriptions, groups, resources, storage, vaults, roles, Resource Graph, workspaces."""

import time
import uuid

from azure.mgmt.authorization import AuthorizationManagementClient
from azure.mgmt.keyvault import KeyVaultManagementClient
from azure.mgmt.machinelearningservices import MachineLearningServicesMgmtClient
from azure.mgmt.resource.resources import ResourceManagementClient
from azure.mgmt.resource.subscriptions import SubscriptionClient
from azure.mgmt.resourcegraph import ResourceGraphClient
from azure.mgmt.storage import StorageManagementClient
import azure.mgmt.subscription

from bench import refused, same_id

READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"


def add(bench, group):
    """Adds the trials that make what the others need."""
    subscription = bench.subscription
    resources = bench.client(ResourceManagementClient, subscription)
    storage = bench.client(StorageManagementClient, subscription)
    vaults = bench.client(KeyVaultManagementClient, subscription)
    roles = bench.client(AuthorizationManagementClient, subscription)
    scope = f"/subscriptions/{subscription}/resourceGroups/{group}"
    account = f"st{uuid.uuid4().hex[:16]}"
    vault = f"kv-{uuid.uuid4().hex[:12]}"

    @bench.trial("subscriptions, tenants and locations")
    def subscriptions():
        client = bench.client(SubscriptionClient)
        found = {one.subscription_id: one for one in client.subscriptions.list()}
        assert found[subscription].state == "Enabled"
        assert client.subscriptions.get(subscription).display_name == found[subscription].display_name
        assert any(one.name == "westeurope" for one in client.subscriptions.list_locations(subscription))
        assert [one.tenant_id for one in client.tenants.list()]
        older = bench.client(azure.mgmt.subscription.SubscriptionClient)
        assert any(one.subscription_id == subscription for one in older.subscriptions.list())

    @bench.trial("groups: create, read, tag, list", needed=True)
    def groups():
        assert not resources.resource_groups.check_existence(group)
        made = resources.resource_groups.create_or_update(group, {"location": "westeurope", "tags": {"a": "1"}})
        assert made.properties.provisioning_state == "Succeeded"
        assert resources.resource_groups.check_existence(group)
        changed = resources.resource_groups.update(group, {"tags": {"b": "2"}})
        assert changed.tags == {"b": "2"}, changed.tags
        assert same_id(resources.resource_groups.get(group).id, scope)
        named = resources.resource_groups.list(filter="tagName eq 'b' and tagValue eq '2'")
        assert [one.name for one in named] == [group]
        refused("ResourceGroupNotFound", 404, resources.resource_groups.get, "rg-that-is-not-there")

    @bench.trial("providers: list, unregister, refusal, register", needed=True)
    def providers():
        names = {one.namespace.lower() for one in resources.providers.list()}
        assert "microsoft.machinelearningservices" in names
        gone = resources.providers.unregister("Microsoft.ManagedIdentity")
        assert gone.registration_state in ("Unregistering", "NotRegistered"), gone.registration_state
        refused(
            "MissingSubscriptionRegistration",
            409,
            resources.resources.begin_create_or_update_by_id,
            f"{scope}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-refused",
            {"location": "westeurope"},
            api_version="2023-01-31",
        )
        resources.providers.register("Microsoft.ManagedIdentity")
        deadline = time.monotonic() + 30
        while resources.providers.get("Microsoft.ManagedIdentity").registration_state != "Registered":
            assert time.monotonic() < deadline, "the registration does not end"
            time.sleep(0.2)

    @bench.trial("generic resources by id: create, exists, read, change, list, delete")
    def by_id():
        identity = f"{scope}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-generic"
        version = {"api_version": "2023-01-31"}
        assert not resources.resources.check_existence_by_id(identity, **version)
        made = resources.resources.begin_create_or_update_by_id(
            identity, {"location": "westeurope", "tags": {"x": "y"}}, **version
        ).result()
        assert made.properties["principalId"] and made.properties["clientId"]
        assert resources.resources.check_existence_by_id(identity, **version)
        changed = resources.resources.begin_update_by_id(identity, {"tags": {"x": "z"}}, **version).result()
        assert changed.tags == {"x": "z"}, changed.tags
        assert resources.resources.get_by_id(identity, **version).properties == made.properties
        kind = "Microsoft.ManagedIdentity/userAssignedIdentities"
        listed = resources.resources.list(filter=f"resourceType eq '{kind}'", expand="createdTime")
        assert any(same_id(one.id, identity) for one in listed)
        within = resources.resources.list_by_resource_group(group)
        assert any(same_id(one.id, identity) for one in within)
        resources.resources.begin_delete_by_id(identity, **version).result()
        refused("ResourceNotFound", 404, resources.resources.get_by_id, identity, **version)

    @bench.trial("storage accounts: create, keys, change, read, list", needed=True)
    def accounts():
        made = storage.storage_accounts.begin_create(
            group,
            account,
            {"location": "westeurope", "sku": {"name": "Standard_LRS"}, "kind": "StorageV2", "properties": {}},
        ).result()
        assert made.provisioning_state == "Succeeded" and made.primary_endpoints.blob, made
        assert [key.key_name for key in storage.storage_accounts.list_keys(group, account).keys_property] == [
            "key1",
            "key2",
        ]
        changed = storage.storage_accounts.update(group, account, {"properties": {"allowSharedKeyAccess": False}})
        assert changed.allow_shared_key_access is False
        assert storage.storage_accounts.get_properties(group, account).allow_shared_key_access is False
        assert any(one.name == account for one in storage.storage_accounts.list_by_resource_group(group))
        assert any(one.name == account for one in storage.storage_accounts.list())

    @bench.trial("key vaults: create, change, read, list", needed=True)
    def key_vaults():
        tenant = next(bench.client(SubscriptionClient).tenants.list()).tenant_id
        made = vaults.vaults.begin_create_or_update(
            group,
            vault,
            {
                "location": "westeurope",
                "properties": {
                    "tenantId": tenant,
                    "sku": {"name": "standard", "family": "A"},
                    "accessPolicies": [],
                    "enableRbacAuthorization": True,
                },
            },
        ).result()
        assert made.properties.provisioning_state == "Succeeded", made.properties.provisioning_state
        assert made.properties.vault_uri and made.properties.enable_soft_delete
        changed = vaults.vaults.update(group, vault, {"properties": {"publicNetworkAccess": "Disabled"}})
        assert changed.properties.public_network_access == "Disabled"
        assert vaults.vaults.get(group, vault).properties.enable_rbac_authorization is True
        assert any(one.name == vault for one in vaults.vaults.list_by_resource_group(group))

    @bench.trial("names of storage accounts and vaults: taken, free, not allowed")
    def names():
        available = storage.storage_accounts.check_name_availability

        def asked(name):
            return {"name": name, "type": "Microsoft.Storage/storageAccounts"}

        assert available(asked(f"free{uuid.uuid4().hex[:16]}")).name_available
        assert available(asked(account)).reason == "AlreadyExists"
        assert available(asked("Not-Allowed")).reason == "AccountNameInvalid"
        for name, is_free in ((vault, False), (f"kv-{uuid.uuid4().hex[:12]}", True)):
            found = vaults.vaults.check_name_availability({"name": name, "type": "Microsoft.KeyVault/vaults"})
            assert found.name_available is is_free, found

    @bench.trial("roles: definitions, assign, twice, list, delete")
    def assignments():
        found = list(roles.role_definitions.list(scope, filter="roleName eq 'Reader'"))
        assert [one.name for one in found] == [READER]
        principal = str(uuid.uuid4())
        name = str(uuid.uuid4())
        body = {"role_definition_id": found[0].id, "principal_id": principal, "principal_type": "ServicePrincipal"}
        made = roles.role_assignments.create(scope, name, body)
        assert (made.principal_id, made.principal_type) == (principal, "ServicePrincipal")
        refused("RoleAssignmentExists", 409, roles.role_assignments.create, scope, str(uuid.uuid4()), body)
        unknown = {"role_definition_id": found[0].id, "principal_id": str(uuid.uuid4())}
        refused("PrincipalNotFound", 400, roles.role_assignments.create, scope, str(uuid.uuid4()), unknown)
        at_scope = list(roles.role_assignments.list_for_scope(scope, filter="atScope()"))
        assert any(one.name == name for one in at_scope)
        mine = list(roles.role_assignments.list_for_scope(scope, filter=f"principalId eq '{principal}'"))
        assert [one.name for one in mine] == [name]
        assert list(roles.permissions.list_for_resource_group(group))[0].actions == ["*"]
        assert roles.role_assignments.delete(scope, name).name == name
        assert roles.role_assignments.delete(scope, name) is None

    @bench.trial("custom roles: create, read, delete")
    def definitions():
        name = str(uuid.uuid4())
        body = {
            "role_name": f"Workspace watcher {name[:8]}",
            "description": "Reads workspaces.",
            "role_type": "CustomRole",
            "permissions": [{"actions": ["Microsoft.MachineLearningServices/workspaces/read"], "not_actions": []}],
            "assignable_scopes": [scope],
        }
        made = roles.role_definitions.create_or_update(scope, name, body)
        assert made.role_name == body["role_name"] and made.role_type == "CustomRole", made
        assert roles.role_definitions.get(scope, name).permissions[0].actions == body["permissions"][0]["actions"]
        roles.role_definitions.delete(scope, name)

    @bench.trial("rights: what a persona may not do is refused")
    def rights():
        reader = bench.client(ResourceManagementClient, subscription, persona="reader")
        assert reader.resource_groups.get(group).name == group
        refused("AuthorizationFailed", 403, reader.resource_groups.create_or_update, group, {"location": "westeurope"})
        nobody = bench.client(ResourceManagementClient, subscription, persona="nobody")
        refused("AuthorizationFailed", 403, nobody.resource_groups.get, group)

    @bench.trial("Resource Graph: a query, and one that is not understood")
    def graph():
        client = bench.client(ResourceGraphClient)
        query = "resources | where type =~ 'microsoft.storage/storageaccounts' | project name, resourceGroup | order by name asc"
        answer = client.resources({"query": query, "subscriptions": [subscription]})
        assert answer.count == len(answer.data) and {"name": account, "resourceGroup": group} in answer.data
        refused("BadRequest", 400, client.resources, {"query": "resources | dance", "subscriptions": [subscription]})

    @bench.trial("azure-mgmt-machinelearningservices: a workspace made, read, changed, deleted")
    def workspaces():
        client = bench.client(MachineLearningServicesMgmtClient, subscription)
        name = "mlw-mgmt"
        # The client registers the provider, waits for 10 s until it is registered, and sends its request again.
        resources.providers.unregister("Microsoft.MachineLearningServices")
        made = client.workspaces.begin_create_or_update(
            group,
            name,
            {
                "location": "westeurope",
                "identity": {"type": "SystemAssigned"},
                "storage_account": f"{scope}/providers/Microsoft.Storage/storageAccounts/{account}",
                "key_vault": f"{scope}/providers/Microsoft.KeyVault/vaults/{vault}",
                "friendly_name": "Mgmt",
            },
        ).result()
        assert made.provisioning_state == "Succeeded" and made.identity.principal_id, made
        found = resources.providers.get("Microsoft.MachineLearningServices")
        assert found.registration_state == "Registered", found.registration_state
        changed = client.workspaces.begin_update(group, name, {"description": "changed"}).result()
        assert changed.description == "changed"
        assert any(one.name == name for one in client.workspaces.list_by_resource_group(group))
        assert any(one.name == name for one in client.workspaces.list_by_subscription())
        assert client.workspaces.list_keys(group, name).user_storage_key
        assert client.workspaces.begin_diagnose(group, name).result().value is not None
        assert isinstance(list(client.compute.list(group, name)), list)
        assert client.usages.list("westeurope") is not None
        assert client.virtual_machine_sizes.list("westeurope").value
        client.workspaces.begin_delete(group, name).result()
        refused("ResourceNotFound", 404, client.workspaces.get, group, name)

    bench.account, bench.vault = account, vault


def add_end(bench, group):
    """Adds the trials that delete what the others made."""
    resources = bench.client(ResourceManagementClient, bench.subscription)
    storage = bench.client(StorageManagementClient, bench.subscription)
    vaults = bench.client(KeyVaultManagementClient, bench.subscription)

    @bench.trial("storage accounts and vaults: delete, soft-deleted vaults, purge")
    def delete():
        storage.storage_accounts.delete(group, bench.account)
        refused("ResourceNotFound", 404, storage.storage_accounts.get_properties, group, bench.account)
        vaults.vaults.delete(group, bench.vault)
        deleted = vaults.vaults.get_deleted(bench.vault, "westeurope")
        assert deleted.properties.scheduled_purge_date
        assert any(one.name == bench.vault for one in vaults.vaults.list_deleted())
        vaults.vaults.begin_purge_deleted(bench.vault, "westeurope").result()
        refused("DeletedVaultNotFound", 404, vaults.vaults.get_deleted, bench.vault, "westeurope")

    @bench.trial("groups: export, delete with everything")
    def group_gone():
        exported = resources.resource_groups.begin_export_template(group, {"resources": ["*"]}).result()
        assert exported.template["resources"], exported.template
        resources.resource_groups.begin_delete(group).result()
        assert not resources.resource_groups.check_existence(group)
