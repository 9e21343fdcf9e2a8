"""Every setting: type, range and meaning, as pydantic reads it; the defaults stand in ports/configuration.py."""

from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from horizon_desktop.ports.configuration import Configuration

PREFIX: Final = "HORIZON_"
DELIMITER: Final = "__"
_OWN: Final = Configuration()
_Points = Annotated[int, Field(ge=0, le=1000)]


class Section(BaseModel):
    """Forbidding unknown names is not inherited from the settings: sections say it themselves."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FeatureSettings(Section):
    edits: bool = Field(default=_OWN.features.edits, description="shared texts")
    cursors: bool = Field(default=_OWN.features.cursors, description="carets of the others")
    chat: bool = Field(default=_OWN.features.chat, description="chat")
    measure: bool = Field(default=_OWN.features.measure, description="measuring a link by blocks of bytes")


class NetworkSettings(Section):
    hub: str = Field(
        default=_OWN.network.hub,
        max_length=2000,
        description="URLs of hubs for own sessions, best first; empty: own hub",
    )
    proxy: SecretStr = Field(
        default=SecretStr(_OWN.network.proxy), description="http://[NAME:PASSWORD@]HOST:PORT, or none"
    )
    stun: tuple[str, ...] = Field(default=_OWN.network.stun, max_length=4, description="STUN servers, HOST:PORT")
    is_direct_tried: bool = Field(default=_OWN.network.is_direct_tried, description="try paths that are not the relay")
    is_loopback_linked: bool = Field(
        default=_OWN.network.is_loopback_linked, description="links may name this machine only"
    )


class DatabaseSettings(Section):
    url: SecretStr = Field(
        default=SecretStr(_OWN.database.url), description="postgresql://... of a team; empty: own file"
    )


class ExpirySettings(Section):
    is_on: bool = Field(default=_OWN.workers.expiry.is_on, description="sweep quotas, pools and allocations")
    interval_s: int = Field(
        default=_OWN.workers.expiry.interval_s, ge=1, le=86_400, description="seconds between two rounds"
    )
    jitter_percent: int = Field(
        default=_OWN.workers.expiry.jitter_percent, ge=0, le=50, description="spread of the pauses"
    )
    batch: int = Field(default=_OWN.workers.expiry.batch, ge=1, le=100_000, description="most rows of a transaction")


class CleanupSettings(Section):
    is_on: bool = Field(default=_OWN.workers.identity_cleanup.is_on, description="sweep invitations and identities")
    interval_s: int = Field(
        default=_OWN.workers.identity_cleanup.interval_s, ge=1, le=86_400, description="seconds between two rounds"
    )
    jitter_percent: int = Field(
        default=_OWN.workers.identity_cleanup.jitter_percent, ge=0, le=50, description="spread of the pauses"
    )
    batch: int = Field(
        default=_OWN.workers.identity_cleanup.batch, ge=1, le=100_000, description="most rows of a transaction"
    )


class WorkerSettings(Section):
    expiry: ExpirySettings = ExpirySettings()
    identity_cleanup: CleanupSettings = CleanupSettings()
    keep_hours: int = Field(
        default=_OWN.workers.keep_hours, ge=1, le=8_760, description="hours until what ended is deleted"
    )


class RiskSettings(Section):
    new_device: _Points = Field(default=_OWN.risk.new_device, description="points for a device never let in before")
    address_change: _Points = Field(default=_OWN.risk.address_change, description="points for each change of network")
    clock_skew: _Points = Field(default=_OWN.risk.clock_skew, description="points for a clock ten minutes off")
    failed_codes: _Points = Field(default=_OWN.risk.failed_codes, description="points for each wrong code")
    unusual_rate: _Points = Field(default=_OWN.risk.unusual_rate, description="points for each rate over the limit")
    medium_from: _Points = Field(default=_OWN.risk.medium_from, description="points from which the host is asked again")
    high_from: _Points = Field(default=_OWN.risk.high_from, description="points from which a guest may only look")
    critical_from: _Points = Field(
        default=_OWN.risk.critical_from, description="points from which a guest is suspended"
    )

    @model_validator(mode="after")
    def _levels_rise(self) -> Self:
        if not 0 < self.medium_from <= self.high_from <= self.critical_from:
            raise ValueError("0 < medium_from <= high_from <= critical_from")
        return self


class MeteringSettings(Section):
    interval_s: int = Field(default=_OWN.metering.interval_s, ge=1, le=3600, description="seconds between two debits")
    is_gpu_read: bool = Field(default=_OWN.metering.is_gpu_read, description="meter NVIDIA GPUs where there are any")


class Settings(BaseSettings):
    """The whole tree. Sources are given by `loading.py`; this class reads nothing by itself."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter=DELIMITER, extra="forbid", frozen=True, case_sensitive=False
    )

    features: FeatureSettings = FeatureSettings()
    network: NetworkSettings = NetworkSettings()
    database: DatabaseSettings = DatabaseSettings()
    workers: WorkerSettings = WorkerSettings()
    risk: RiskSettings = RiskSettings()
    metering: MeteringSettings = MeteringSettings()
    policies: str = Field(
        default=_OWN.policies, max_length=1000, description="a policy file or a folder of them; empty: the usual ones"
    )
