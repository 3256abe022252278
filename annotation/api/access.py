"""Who may read data and who may add to it: the permission of every endpoint here."""

from studio.accounts.roles import Capability
from studio.http.permissions import allows_reading

ReadsData = allows_reading(Capability.READ_DATA, Capability.MANAGE_DATA)
