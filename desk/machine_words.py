"""What is said of the machine, at a start, of backups and of the audit: part of SENTENCES."""

from collections.abc import Mapping

from desk.marks import N_

MACHINE: Mapping[str, str] = {
    # the machine: while the desk runs
    "disk_full": N_(
        "The disk of the desk is full, so nothing more was saved. What you typed is still here. "
        "Please tell whoever looks after the machine, and try again."
    ),
    "disk_closed": N_(
        "The desk may not write to its disk, so nothing was saved. What you typed is still here. "
        "Please tell whoever looks after the machine."
    ),
    "disk_failed": N_(
        "The disk of the desk cannot be read or written. Please note on paper for now, and tell "
        "whoever looks after the machine."
    ),
    "database_busy": N_("Somebody else is writing for a long time. Please try again in a moment."),
    "database_away": N_(
        "The database does not answer. What you typed is still here. Please tell whoever looks "
        "after the machine, and try again."
    ),
    "database_damaged": N_(
        "The database is damaged. Please note on paper for now, and tell whoever looks after the "
        "machine."
    ),
    # the machine: at the start
    "database_gone": N_("There is no database {file}, but there are backups of one."),
    "database_empty": N_("The file {file} is empty."),
    "file_no_database": N_(
        "The file {file} is no database. Or it is encrypted, and DESK_DATABASE_KEY is missing."
    ),
    "file_not_encrypted": N_(
        "There is a DESK_DATABASE_KEY, but {file} is not encrypted. To encrypt it, type: "
        "python -m desk encrypt NEW_FILE"
    ),
    "key_wrong": N_("The key does not open {file}: it is another key, or the file is damaged."),
    "no_key": N_("A key of the desk cannot be used: {reason}"),
    "cipher_missing": N_(
        "There is a DESK_DATABASE_KEY, but encryption is not installed. Type: pip install -r "
        "requirements-encryption.txt"
    ),
    "checksums_missing": N_(
        "{file} has checksums, and this machine cannot check them. Type: pip install -r "
        "requirements.txt"
    ),
    "file_damaged": N_("The file {file} is damaged ({reason})."),
    "audit_broken": N_(
        "In {file}, entry {n} of the audit is missing or not as it was written: the disk failed, "
        "or somebody changed it."
    ),
    "file_newer": N_(
        "{file} was made by a newer version of this program ({name}). Please install that version."
    ),
    "file_older": N_(
        "The database {file} lacks what its backup of {when} holds: an older file is in its place."
    ),
    "file_other": N_("The database {file} is another one than that of its backup of {when}."),
    "file_short": N_(
        "The last {n} entries are missing from the database {file}: its file “-wal” is gone or cut."
    ),
    "restore_from": N_(
        "The newest good backup is of {when} ({file}). Nothing was changed. To go on with it, "
        "type: {command}"
    ),
    "restore_itself": N_(
        "What is left is more than any backup holds. Nothing was changed. To go on with it, type: "
        "{command}"
    ),
    "restore_none": N_(
        "There is no good backup in {places}. Nothing was changed. Please delete nothing, and ask "
        "whoever set the machine up."
    ),
    # backups
    "one_place": N_(
        "Backups go to one place only. Please name a second one, on another disk, in "
        "DESK_BACKUPS_2."
    ),
    "place_away": N_("The second place of backups ({place}) is not there."),
    "same_disk": N_(
        "Both places of backups are on one disk: when it breaks, both are gone ({place})."
    ),
    "place_failed": N_("No backup could be written to {place}: {reason}"),
    "place_empty": N_("There is no backup in {place}."),
    "backup_wrong": N_("A backup was not equal to the database and was thrown away."),
    "backup_runs": N_("A backup is being made already."),
    "backup_elsewhere": N_(
        "The database is a PostgreSQL server. Its backups are made there; see docs/backups.md."
    ),
    "backup_late": N_("The newest backup is older than it should be. Is something wrong?"),
    "desk_runs": N_("The desk is running. Please stop it first; see docs/tebiki-restore.md."),
    "no_such_file": N_("There is no file {file}."),
    "file_there": N_("There is a file {file} already. It is not written over."),
    "disk_nearly_full": N_("A disk of the machine is nearly full."),
    "chore_failed": N_("It ended with an error of the program: {reason}"),
    # the audit
    "audit_changed": N_("Row {n} of the audit is not as it was written."),
    "audit_missing": N_("Row {n} of the audit was taken away."),
    "audit_unreadable": N_("Row {n} of the audit cannot be read: the database is damaged."),
    "audit_rebuilt": N_(
        "Row {n} of the audit is another one than was noted elsewhere: the rows up to it were "
        "written anew."
    ),
    "audit_cut": N_(
        "The audit was cut off: row {n} and what came after it are gone, but were noted elsewhere."
    ),
    "audit_key_missing": N_(
        "The desk's key is missing (DESK_KEY, DESK_KEY_FILE or data/desk.key). Without it the "
        "audit cannot go on and no PIN or password fits. Please put it back."
    ),
    "audit_key_other": N_(
        "The desk's key is another one than last time (DESK_KEY, DESK_KEY_FILE or data/desk.key). "
        "With it the audit cannot go on and no PIN or password fits. Please put the old one back."
    ),
    "key_bad": N_("The desk's key cannot be used: {why}"),
    "heads_folder": N_(
        "The second place for the end of the audit is not there: {folder} (DESK_AUDIT_HEADS)."
    ),
    "head_text": N_(
        "This is no end of an audit. Please type the number and the eight groups of eight signs."
    ),
    "pin_form": N_(
        "A volunteer's PIN is 6 digits: not all the same, not in a row, and none of the commonest, "
        "like 112233."
    ),
    "password_short": N_("A password needs at least {least} characters."),
    "password_same": N_("Please choose a password other than the one-time password."),
    "password_long": N_("A password has at most {most} characters."),
    "password_easy": N_(
        "This password is easy to guess, or is in lists of stolen passwords. Please put together "
        "several words that have nothing to do with each other."
    ),
    "code_wanted": N_("Please give the code that your authenticator app shows."),
    "code_wrong": N_(
        "This code is not right, or was used already. Please wait for the next one and try again."
    ),
    "code_present_wrong": N_(
        "The code of the app until now is not right, or was used already. Please wait for the next "
        "one, or type a recovery code."
    ),
    "sessions_none": N_("Please choose where to sign out."),
    "code_late": N_("That took too long. Please sign in again from the beginning."),
    "setting_up_late": N_("That took too long. Please scan the new QR code."),
    "access_over": N_("The last day of your access has passed. Please ask an administrator."),
    "access_day": N_("Please choose today or a later day as the last one."),
    "account_form": N_("Please write an e-mail address, or the id the city's provider shows."),
    "account_digits": N_(
        "An id of 12 digits or more is not kept here. Please write the e-mail address instead."
    ),
    "account_taken": N_("Somebody else is registered with this city account already."),
    "city_wrong": N_("The answer of the city's sign-in does not fit this desk. Please try again."),
    "city_late": N_("The city's sign-in was too long ago. Please sign in again."),
    "city_elsewhere": N_("Please begin at the desk's own sign-in page, in this same browser."),
    "city_unknown": N_(
        "This city account is not registered here, so it opens nothing. Please ask an "
        "administrator to register it."
    ),
    "prove_with_city": N_("Please sign in once more with the city's account."),
    "person_exists": N_("There is already a person named {name}."),
    "person_unknown": N_("That person is not registered."),
    "role_unknown": N_("Please choose a role."),
    "last_admin": N_("This is the only administrator, so it cannot be removed."),
}
