"""Officers: the user model. What they see and may do comes from their posts of the day."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.utils.translation import gettext_lazy as _

from dongche.kit import clock
from dongche.org.roles import ROLES
from dongche.web.fields import EncryptedTextField
from dongche.web.periods import believed, in_force

if TYPE_CHECKING:
    from dongche.org.models.duties import Post


class OfficerManager(BaseUserManager["Officer"]):
    def create_user(self, username: str, password: str | None = None, **fields: Any) -> Officer:
        officer = Officer(username=username, **fields)
        officer.set_password(password)
        officer.save(using=self._db)
        return officer

    def create_superuser(self, username: str, password: str | None = None, **fields: Any) -> Officer:
        return self.create_user(username, password, is_staff=True, is_superuser=True, **fields)


class Officer(AbstractBaseUser, PermissionsMixin):
    """A person with duties; the user model. What they see and may do comes from their posts of the day."""

    username = models.CharField(_("user name"), max_length=40, unique=True)
    name = models.CharField(max_length=40)
    phone = EncryptedTextField(blank=True, default="")
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)

    objects: ClassVar[OfficerManager] = OfficerManager()
    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    Sensitive: ClassVar = frozenset({"name", "phone", "password"})
    Plain: ClassVar = frozenset(
        {
            "id",
            "username",
            "last_login",
            "is_active",
            "is_staff",
            "is_superuser",
            "groups",
            "user_permissions",
        }
    )

    def __str__(self) -> str:
        return self.name or self.username

    @property
    def label(self) -> str:
        return self.username

    @property
    def officer_id(self) -> int:
        return self.pk

    def get_full_name(self) -> str:
        return str(self)

    get_short_name = get_full_name

    def posts_on(self, on: date) -> list[Post]:
        """The posts held on a day, with their units: one query, kept for the life of this object."""
        kept: dict[date, list[Post]] = self.__dict__.setdefault("_posts_on", {})
        if on not in kept:
            kept[on] = list(self.posts.filter(in_force(on), believed()).select_related("unit"))
        return kept[on]

    def represented_on(self, on: date) -> list[Officer]:
        """The officers who are away on a day and for whom this one acts, also through others who are away themselves.

        Shape: one query where there is nobody, one more for each step of a chain; kept for the life of this object
        """
        kept: dict[date, list[Officer]] = self.__dict__.setdefault("_represented_on", {})
        if on not in kept:
            found: dict[int, Officer] = {self.pk: self}
            reached = [self]
            while reached:
                away = Officer.objects.filter(
                    in_force(on, "leaves__"), believed(prefix="leaves__"), leaves__substitute__in=reached
                )
                reached = [officer for officer in away if officer.pk not in found]
                found.update({officer.pk: officer for officer in reached})
            del found[self.pk]
            kept[on] = list(found.values())
        return kept[on]

    def acting_posts_on(self, on: date) -> list[Post]:
        """The posts of a day, one's own and those one acts in for somebody who is away."""
        away = self.represented_on(on)
        return [*self.posts_on(on), *(post for officer in away for post in officer.posts_on(on))]

    def has_duty(self, permission: str, on: date | None = None) -> bool:
        """Whether a post of the day (today when not given) carries the permission."""
        if self.is_superuser:
            return True
        on = on or clock.today()
        kept: dict[date, frozenset[str]] = self.__dict__.setdefault("_duties_on", {})
        if on not in kept:  # a page asks a dozen times, for its navigation alone
            kept[on] = frozenset(
                duty for post in self.acting_posts_on(on) for duty in ROLES[post.role].permissions
            )
        return permission in kept[on]
