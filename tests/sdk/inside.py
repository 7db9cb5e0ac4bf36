"""azure-ai-ml: what is in a workspace. Datastores, connections, assets with versions, jobs, endpoints, schedules, registries."""

from azure.ai.ml import command
from azure.ai.ml.entities import (
    AccountKeyConfiguration,
    AzureBlobDatastore,
    AzureFileDatastore,
    BatchEndpoint,
    Data,
    Environment,
    ManagedOnlineDeployment,
    ManagedOnlineEndpoint,
    Model,
    PatTokenConfiguration,
    Registry,
    RegistryRegionDetails,
    WorkspaceConnection,
)
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.mgmt.machinelearningservices import MachineLearningServicesMgmtClient, models

WORKSPACE = "mlw-existing"


def gone(function, *arguments, **options):
    """Calls a function that has to find nothing."""
    try:
        function(*arguments, **options)
    except (ResourceNotFoundError, HttpResponseError) as error:
        assert error.status_code == 404, error
        return
    raise AssertionError("what is not there was found")


def add(bench, group, ml):
    """Adds the trials, with a client of the group."""
    ml._operation_scope._workspace_name = WORKSPACE
    plain = bench.client(MachineLearningServicesMgmtClient, bench.subscription)

    @bench.trial("azure-ai-ml: datastores made, read, listed, made the default, deleted")
    def datastores():
        blobs = AzureBlobDatastore(
            name="blobs_sdk", account_name="stexample", container_name="data",
            credentials=AccountKeyConfiguration(account_key="a2V5"),
        )
        made = ml.datastores.create_or_update(blobs)
        assert (made.name, made.container_name) == ("blobs_sdk", "data")
        files = AzureFileDatastore(name="files_sdk", account_name="stexample", file_share_name="share")
        ml.datastores.create_or_update(files)
        assert {"blobs_sdk", "files_sdk", "workspaceblobstore"} <= {one.name for one in ml.datastores.list()}
        assert ml.datastores.get("blobs_sdk", include_secrets=True).credentials.account_key == "a2V5"
        assert ml.datastores.get_default().name == "workspaceblobstore"
        ml.datastores.delete("files_sdk")
        gone(ml.datastores.get, "files_sdk")

    @bench.trial("azure-ai-ml: connections made, changed, listed by kind, deleted")
    def connections():
        for target in ("https://example.org/repository", "https://example.org/other"):
            one = WorkspaceConnection(
                name="git_sdk", type="git", target=target, credentials=PatTokenConfiguration(pat="p")
            )
            assert ml.connections.create_or_update(one).target == target
        assert ml.connections.get("git_sdk").target == "https://example.org/other"
        assert "git_sdk" in {one.name for one in ml.connections.list(connection_type="git")}
        assert "git_sdk" not in {one.name for one in ml.connections.list(connection_type="python_feed")}
        ml.connections.delete("git_sdk")
        gone(ml.connections.get, "git_sdk")

    @bench.trial("azure-ai-ml: models, data and environments in versions, archived and restored")
    def assets():
        path = "azureml://datastores/workspaceblobstore/paths/somewhere"
        for version in ("1", "2"):
            ml.models.create_or_update(Model(name="model-sdk", version=version, path=path, tags={"v": version}))
        assert ml.models.get("model-sdk", label="latest").version == "2"
        assert {one.version for one in ml.models.list("model-sdk")} == {"1", "2"}
        assert "model-sdk" in {one.name for one in ml.models.list()}
        ml.models.archive("model-sdk", version="1")
        assert {one.version for one in ml.models.list("model-sdk")} == {"2"}
        ml.models.restore("model-sdk", version="1")
        gone(ml.models.get, "model-sdk", version="9")
        data = ml.data.create_or_update(Data(name="data-sdk", version="1", path=path, type="uri_folder"))
        assert (data.type, data.version) == ("uri_folder", "1")
        assert ml.data.get("data-sdk", version="1").path.endswith("/somewhere")
        made = ml.environments.create_or_update(Environment(name="env-sdk", version="1", image="ubuntu:22.04"))
        assert (made.image, made.os_type.lower()) == ("ubuntu:22.04", "linux")
        assert [one.version for one in ml.environments.list("env-sdk")] == ["1"]

    @bench.trial("azure-ai-ml: a job submitted, read, listed, cancelled, archived")
    def jobs():
        job = command(
            command="echo ${{inputs.a}}", environment="azureml:env-sdk:1", compute="cpu-cluster", inputs={"a": 1},
            display_name="shown", experiment_name="trial",
        )
        made = ml.jobs.create_or_update(job)
        assert made.status in ("Starting", "Running") and made.studio_url, made.status
        assert ml.jobs.get(made.name).display_name == "shown"
        assert made.name in {one.name for one in ml.jobs.list()}
        ml.jobs.begin_cancel(made.name).result()
        assert ml.jobs.get(made.name).status == "Canceled"
        ml.jobs.archive(made.name)
        assert made.name not in {one.name for one in ml.jobs.list()}
        gone(ml.jobs.get, "no-such-job")

    @bench.trial("azure-ai-ml: components of a command")
    def components():
        described = command(name="component_sdk", command="echo", environment="azureml:env-sdk:1").component
        made = ml.components.create_or_update(described, version="1")
        assert made.name == "component_sdk"
        assert ml.components.get("component_sdk", version="1").command == "echo"
        assert "component_sdk" in {one.name for one in ml.components.list()}

    @bench.trial("azure-ai-ml: an online endpoint with a deployment, traffic, keys and logs")
    def online():
        endpoint = ManagedOnlineEndpoint(name="ep-sdk", auth_mode="key", tags={"a": "b"})
        made = ml.online_endpoints.begin_create_or_update(endpoint).result()
        assert made.provisioning_state == "Succeeded" and made.scoring_uri, made.provisioning_state
        deployment = ManagedOnlineDeployment(
            name="blue", endpoint_name="ep-sdk", model="azureml:model-sdk:2", instance_type="Standard_DS3_v2", instance_count=1
        )
        done = ml.online_deployments.begin_create_or_update(deployment).result()
        assert (done.provisioning_state, done.instance_count) == ("Succeeded", 1)
        made.traffic = {"blue": 100}
        assert ml.online_endpoints.begin_create_or_update(made).result().traffic == {"blue": 100}
        before = ml.online_endpoints.get_keys("ep-sdk").primary_key
        ml.online_endpoints.begin_regenerate_keys("ep-sdk", key_type="primary").result()
        assert ml.online_endpoints.get_keys("ep-sdk").primary_key != before
        assert isinstance(ml.online_deployments.get_logs("blue", "ep-sdk", 10), str)
        assert [one.name for one in ml.online_deployments.list("ep-sdk")] == ["blue"]
        ml.online_deployments.begin_delete("blue", "ep-sdk").result()
        ml.online_endpoints.begin_delete("ep-sdk").result()
        gone(ml.online_endpoints.get, "ep-sdk")

    @bench.trial("azure-ai-ml: a batch endpoint")
    def batch():
        made = ml.batch_endpoints.begin_create_or_update(BatchEndpoint(name="be-sdk", description="d")).result()
        assert (made.description, made.provisioning_state) == ("d", "Succeeded")
        assert "be-sdk" in {one.name for one in ml.batch_endpoints.list()}
        ml.batch_endpoints.begin_delete("be-sdk").result()
        gone(ml.batch_endpoints.get, "be-sdk")

    @bench.trial("azure-ai-ml: a registry made, read, listed, deleted")
    def registries():
        registry = Registry(name="reg-sdk", location="westeurope", replication_locations=[RegistryRegionDetails(location="westeurope")])
        made = ml.registries.begin_create(registry).result()
        assert made.name == "reg-sdk" and made.location == "westeurope"
        assert "reg-sdk" in {one.name for one in ml.registries.list()}
        ml.registries.begin_delete(name="reg-sdk").result()
        gone(ml.registries.get, "reg-sdk")

    @bench.trial("azure-mgmt-machinelearningservices: what is in a workspace, as it was made above")
    def management():
        of = (group, WORKSPACE)
        assert "blobs_sdk" in {one.name for one in plain.datastores.list(*of)}
        assert plain.datastores.list_secrets(*of, "blobs_sdk").key == "a2V5"
        assert {one.name for one in plain.model_versions.list(*of, "model-sdk")} == {"1", "2"}
        assert plain.environment_versions.get(*of, "env-sdk", "1").properties.image == "ubuntu:22.04"
        assert plain.data_containers.get(*of, "data-sdk").properties.latest_version == "1"
        assert "cpu-cluster" in {one.name for one in plain.compute.list(*of)}
        assert list(plain.compute.list_nodes(*of, "cpu-cluster")) == []
        body = {"location": "westeurope", "properties": {"authMode": "AADToken"}}
        made = plain.online_endpoints.begin_create_or_update(*of, "ep-mgmt", body).result()
        assert made.properties.provisioning_state == "Succeeded"
        assert plain.online_endpoints.get_token(*of, "ep-mgmt").access_token
        plain.online_endpoints.begin_delete(*of, "ep-mgmt").result()
        assert list(plain.private_endpoint_connections.list(*of)) == []
        assert plain.private_link_resources.list(*of).value[0].group_id == "amlworkspace"
        assert isinstance(list(plain.workspace_features.list(*of)), list)
        assert list(plain.quotas.list("westeurope"))
        job = models.CommandJob(command="echo", environment_id="azureml:env-sdk:1")
        nightly = models.Schedule(
            properties=models.ScheduleProperties(
                trigger=models.CronTrigger(expression="0 3 * * *"), action=models.JobScheduleAction(job_definition=job)
            )
        )
        assert plain.schedules.begin_create_or_update(*of, "nightly", nightly).result().name == "nightly"
        assert [one.name for one in ml.schedules.list()] == ["nightly"]
        plain.schedules.begin_delete(*of, "nightly").result()
        gone(ml.schedules.get, "nightly")
