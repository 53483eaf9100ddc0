"""How the desk says no: one exception family, each with a code and the facts of the case.

The sentence a person reads comes from the catalogue (`desk.language.say`), so the same refusal
speaks Japanese on the tablet and English on the light page. A refusal changes nothing.
"""

from collections.abc import Mapping
from typing import Any

from desk.machine_words import MACHINE
from desk.marks import N_ as N_


class Refused(Exception):
    """The desk declines; `code` is a key of `SENTENCES`, `facts` fill its placeholders.

    `field` names the form field to point at, if one is to blame.
    """

    def __init__(self, code: str, *, field: str | None = None, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.field = field
        self.facts = facts

    def __str__(self) -> str:
        # Codes and fields only: facts may hold a name, and this text reaches logs.
        return f"{self.code} ({self.field})" if self.field else self.code


class NotAllowed(Refused):
    """The person may not do this, whoever shows them the button."""


class Concern(Refused):
    """A rule that staff may decide otherwise, with a reason: the reason is logged and shown."""


class OutOfOrder(Refused):
    """The machine under the desk fails: its disk, its database. Nothing was written."""


SENTENCES: Mapping[str, str] = {
    # people
    "sign_in_first": N_("Please sign in first."),
    "not_allowed": N_("Your role cannot do this. Please ask the staff."),
    "sign_in_wrong": N_("The name or the PIN or password is not right. Please try again."),
    "sign_in_locked": N_("Too many wrong tries. Please wait until {until} and try again."),
    "sign_in_blocked": N_(
        "There were too many wrong tries today. Please ask an administrator to let you in again."
    ),
    "locked": N_("The screen is locked. Please give your PIN or password again."),
    "tablet_unknown": N_(
        "A PIN works only on a tablet the city enrolled. Please ask the staff to enrol this one."
    ),
    "tablet_code": N_(
        "This address was used already, or is older than ten minutes. Please ask for a new QR code."
    ),
    "tablet_exists": N_("There is already a tablet named {name}."),
    "tablet_enrolled": N_("{name} is enrolled already."),
    "tablet_gone": N_("That tablet is taken off already."),
    "tablet_https": N_(
        "This address does not begin with https, so the tablet could not keep its enrolment. "
        "Please open the desk by its https address."
    ),
    "session_gone": N_("That session is over already."),
    "prove_again": N_("Before this, please give your PIN or password once more."),
    # forms
    "missing": N_("Please fill in: {label}"),
    "too_long": N_("This is too long. Please use at most {most} characters."),
    "choice_unknown": N_("Please choose one of the answers shown: {label}"),
    "kana_only": N_("Please write the name in kana (katakana or hiragana)."),
    "draft_not_kept": N_(
        "What is being typed could not be kept ({why}). Please save it, or write it on paper, "
        "and tell the staff."
    ),
    "my_number": N_(
        "This may be a My Number, so nothing was kept. Please erase the number, then try again. "
        "The card stays with the resident."
    ),
    "twelve": N_(
        "A number of 12 digits or more was found, so nothing was kept. Please erase it, then try "
        "again. The card stays with the resident."
    ),
    "eleven": N_(
        "A number of 11 digits was found, such as a telephone number. Nothing was kept. Please "
        "erase it, then try again."
    ),
    "ten": N_(
        "A number of 10 digits was found, such as a telephone or insurance number. Nothing was "
        "kept. Please erase it, then try again."
    ),
    "seven": N_(
        "A number of 7 digits or more was found, such as a bank account. Nothing was kept. Please "
        "erase it, then try again."
    ),
    "pin": N_(
        "This looks like a PIN or a password. Only its owner knows it, so nothing was kept. Please "
        "erase it, then try again."
    ),
    "email": N_("This holds an e-mail address. Nothing was kept. Please erase it, then try again."),
    # schedule
    "class_unknown": N_("There is no class at this address. Please choose one from the list."),
    "class_past": N_("This class is over ({starts_at})."),
    "class_cancelled": N_("This class was cancelled ({starts_at})."),
    "class_time": N_("The end must be later than the start, on the same day."),
    "class_grid": N_("Times go in steps of {minutes} minutes."),
    "class_length": N_("A class lasts at most {hours} hours."),
    "class_in_past": N_("A class cannot be put into the past."),
    "class_seats": N_("A class has from 1 to {most} seats."),
    "room_elsewhere": N_("That room is not in the venue that was chosen."),
    "room_taken": N_("{room} is already used then: {course}, {starts_at}."),
    "instructor_taken": N_("{instructor} already teaches then: {course}, {starts_at}."),
    "course_unknown": N_("Please choose a course."),
    "venue_unknown": N_("Please choose a venue."),
    "instructor_exists": N_("There is already an instructor named {name}."),
    "instructor_unknown": N_("Please choose an instructor from the list."),
    "venue_closed": N_("The venue is closed that day ({day}): {why}"),
    "venue_hours": N_("The venue is open from {opens} to {closes}."),
    "room_places": N_("The room has {places} places."),
    "instructor_away": N_("{instructor} is not available then."),
    "instructor_skill": N_("{instructor} is not listed for this course."),
    "ratio_lecturer": N_("A class needs {needed} trained lecturer (national programme)."),
    "ratio_staff": N_(
        "{seats} seats need {needed} lecturers or assistants, one for every {each} learners; "
        "{have} chosen."
    ),
    "seats_booked": N_("{booked} seats are booked. These people would lose theirs: {people}"),
    "seats_in_use": N_("More people are in the room already."),
    "equipment_unknown": N_("Please choose things from the list."),
    "equipment_count": N_("Please say how many are needed."),
    "equipment_short": N_(
        "{name}: {free} free of {wanted} wanted, from {first} to {end} with transport and set-up."
    ),
    "class_draft": N_("This class is a draft and cannot be booked yet."),
    "series_days": N_("Please choose from 1 to {most} days."),
    "month_empty": N_("Please wish for at least one class."),
    "month_many": N_("At most {most} classes are planned at a time."),
    "month_past": N_("That month is over."),
    "course_minutes": N_("A course lasts from {least} to {most} minutes."),
    "course_circle": N_("A course would have to be taken before itself. Please choose others."),
    "course_of_file": N_("This course comes from the city's file and is changed there."),
    "hours_form": N_("Please write hours like “月 09:00-12:00”, one a line: {line}"),
    "training_days": N_("The training must end after it began, and not lie far ahead."),
    "instructor_teaches": N_("{name} still teaches {classes} classes to come."),
    "changed_meanwhile": N_("Somebody changed this class meanwhile. Please look at it again."),
    # booking
    "party_size": N_("One booking is for 1 or 2 people."),
    "party_too_large": N_("This class has {seats} seats, fewer than the {party} people wanted."),
    "booking_unknown": N_("There is no booking with this code."),
    "booking_waits": N_("This booking is on the waitlist and has no seat yet."),
    "not_today": N_("People can be checked in only on the day of the class."),
    "town_unknown": N_("Please choose a neighbourhood from the list."),
    "form_reused": N_("This form was already saved with other answers. Please open a new one."),
    "already_booked": N_("{kana} of the same neighbourhood is booked for this class already."),
    "booking_cancelled": N_("This booking was cancelled."),
    "move_full": N_("The other class has {left} seats left, so nothing was moved."),
    "move_same": N_("That is the class it is booked for."),
    "undo_late": N_("There is nothing left to undo: {minutes} minutes have passed."),
    "undo_gone": N_("The seat has gone to somebody who was told already."),
    "not_held": N_("No seat is kept for this booking now."),
    "answer_unknown": N_("Please choose what came of the call."),
    "not_started": N_("The class has not begun yet."),
    "seat_gone": N_("Their seat was given away, and none is free."),
    "sheet_late": N_("A sheet can be entered for {days} days after the class."),
    "sheet_full": N_("More people came than there are seats. Please add seats first."),
    "turned_down_others": N_("Somebody else tapped this. Only they can take it back."),
    "code_unknown": N_("There is no booking with the code {shown}. Please look at it again."),
    "too_many_tries": N_("Too many tries. Please wait a few minutes, or telephone the desk."),
    "too_often": N_(
        "So many pages were asked for from your network that the desk takes a short rest. Please "
        "wait a minute and try again."
    ),
    "too_large": N_("That is too large for the desk to take."),
    "address_not_ours": N_(
        "The desk does not know this address as its own. If it is the right one, whoever looks "
        "after the desk sets DESK_ADDRESS to it."
    ),
    "form_elsewhere": N_("This did not come from our own page. Please open the page again."),
    # calendar
    "feed_unknown": N_("There is no calendar at this address. Please make a new one."),
    # desk
    "desk_unknown": N_("Please choose a desk."),
    "topics_many": N_("At most {most} topics, please."),
    "procedure_unknown": N_("There is no procedure at this address. Please search again."),
    # procedures
    "procedure_wrong": N_("This cannot be read as a procedure: {reason}"),
    "procedure_utf8": N_("The file is not UTF-8. Please save it as UTF-8."),
    "procedure_twice": N_("The procedure {procedure} is in two of the files."),
    "procedure_files": N_("At most {most} files at a time, please."),
    "procedure_files_wrong": N_(
        "Nothing was proposed: {count} files cannot be taken in. Please correct them first."
    ),
    "proposal_unknown": N_("There is no such version of a procedure."),
    "proposal_same": N_("Nothing differs from what counts now."),
    "proposal_stale": N_(
        "Something else counts by now than when this was begun. Please look at it, and make the "
        "change again."
    ),
    "proposal_decided": N_("This was decided already."),
    "proposal_not_own": N_("Only who proposed it can take it back."),
    "second_person": N_("A second person decides: please ask a colleague to look at it."),
    "logged_before": N_("This form was saved already with other answers: another resident?"),
    "just_logged": N_("Already logged {seconds} seconds ago: is this another resident?"),
    "tally_day": N_("Please choose today or one of the last {days} days."),
    "tally_count": N_("Please write whole numbers from 0 to {most}."),
    "tally_empty": N_("The sheet is empty. Please write how many there were of each topic."),
    "tally_many": N_("At most {most} consultations at a time, please. Enter the rest after."),
    "consultation_unknown": N_("There is no such consultation, or it was taken back."),
    "corrected_meanwhile": N_("Somebody corrected this meanwhile. Please look at it again."),
    "correction_late": N_("{minutes} minutes have passed. Please ask the staff to correct it."),
    "correction_others": N_("Somebody else wrote this down. Please ask the staff to correct it."),
    "correction_same": N_("Nothing was changed."),
    "follow_up_unknown": N_("There is no card {shown}. Please look at the code again."),
    "follow_up_closed": N_("The card {shown} is closed already. You can go on without it."),
    "follow_up_day": N_("Please choose a day from today to a year from now."),
    # actions for neighbourhoods
    "action_unknown": N_("There is no such action. Please choose one from the list."),
    "action_day": N_("Please choose a day from 5 years ago to a year from now."),
    "action_about_unknown": N_("Please choose from the list what it is, or leave it open."),
    # places
    "postal_code_form": N_("A postal code has 7 digits, such as 123-4567."),
    "postal_code_unknown": N_(
        "No neighbourhood here has the postal code {postal}. Please choose a neighbourhood."
    ),
    "spot_unknown": N_("There is no such Wi-Fi spot."),
    "check_unknown": N_("There is no such check of a Wi-Fi spot."),
    # tables
    "file_wrong": N_("The file cannot be read: {reason}"),
    "file_book": N_(
        "This is a spreadsheet's own file (such as xlsx). There, choose “Save as”, then “CSV "
        "UTF-8 (comma delimited)”, and put in that file."
    ),
    "file_large": N_("The file is too large. At most {rows} rows at a time, please."),
    "file_empty": N_("The file has no rows. Below the names of the columns, one row each, please."),
    "cell_wrong": N_("Please correct this cell: {reason}"),
    "row_twice": N_("Line {line} of the file means the same already."),
    "row_sample": N_("This row is a sample (見本). The desk is real now."),
    "row_nothing_to_cancel": N_("There is no such class that could be cancelled."),
    "row_cancel_alone": N_("To cancel a class, leave its other columns as they are."),
    "row_draft_again": N_("A published class does not become a draft again. It can be cancelled."),
    "import_refused": N_(
        "Nothing was changed: {count} rows cannot be taken in, the first in line {line}."
    ),
    "quarter_not_over": N_("Only a quarter that is over can be published."),
    "release_made": N_("This quarter was published already. What is published stays as it is."),
    "release_stale": N_("The numbers changed meanwhile. Please look at them once more."),
    "too_few_to_publish": N_(
        "Too few to publish: a quarter needs {least} consultations with a neighbourhood, and a "
        "table of the people of 65 and older."
    ),
    "import_stale": N_("Somebody changed the desk meanwhile. Please look at the rows once more."),
    # open data: a whole file
    "table_bytes": N_("The file is too large. At most {megabytes} MB, please."),
    "table_rows": N_(
        "The file has too many rows or cells. At most {rows} rows at a time, please: divide it "
        "into several files."
    ),
    "table_wide": N_(
        "The file has too many columns. At most {columns}, please: take out the columns nobody "
        "needs."
    ),
    "table_bomb": N_(
        "The file becomes far too large when it is unpacked, so it was not opened. Please save it "
        "as CSV and drop that file."
    ),
    "table_book": N_(
        "This is the file of another or an older program (such as xls or ods), or it has a "
        "password. Please save it as xlsx or as CSV, without a password."
    ),
    "book_locked": N_("The file has a password. Please save it without one."),
    "book_broken": N_("The spreadsheet is damaged. Please open it, save it again, and drop that."),
    "formula_cell": N_(
        "Cell {cell} holds a formula. Please copy the sheet, paste only the values, and drop that."
    ),
    "table_unknown": N_(
        "No row with names of columns was found. The first row of the table must name them, such "
        "as 名称, 住所, 緯度, 経度, SSID. If you know which list it is, choose it."
    ),
    "table_other": N_("This looks like another list ({title}), which the desk does not keep."),
    "table_ages": N_(
        "The columns of ages are not complete. The desk needs all of 0-4歳 to 85歳以上, or 0-14歳, "
        "15-64歳, 65-74歳 and 75歳以上."
    ),
    # open data: a row
    "row_needs": N_("“{column}” is empty. Please fill it in."),
    "row_long": N_(
        "The row has more cells than there are columns ({columns}). A comma inside a text may "
        "have cut it apart: please put that text into quotation marks."
    ),
    "row_header": N_("This row only repeats the names of the columns, so it was left out."),
    "row_formula": N_("“{column}” begins with an equals sign. Please write the value, no formula."),
    "row_other_city": N_(
        "The row is of another city: its code is {found}. If that is wrong, please correct it."
    ),
    "row_nowhere": N_(
        "There is no point, and the address names no neighbourhood the desk knows. Please write "
        "緯度 and 経度, or the address with its neighbourhood."
    ),
    "row_far": N_(
        "The point ({point}) cannot be in the city, and the address names no neighbourhood the "
        "desk knows. Please correct 緯度 and 経度."
    ),
    "row_town_unknown": N_(
        "“{name}” is not on the desk's list of neighbourhoods. Please write it as the list does."
    ),
    "row_town_several": N_(
        "“{name}” may mean several neighbourhoods ({names}). Please write which."
    ),
    "row_total": N_("“{name}” is a total and no neighbourhood, so the row was left out."),
    "row_hidden": N_(
        "“{column}” holds no number ({cell}). What is hidden is not known, and not 0: please "
        "write the number, or leave the row out."
    ),
    "row_sum": N_(
        "The total ({total}) does not agree with the ages ({found}). Please correct the numbers."
    ),
    # imports of open data
    "import_unknown": N_("There is no such import."),
    "row_no_point": N_(
        "This place is new and the file does not say where it is. Please write its latitude and "
        "longitude."
    ),
    "venue_used": N_(
        "It stays: it has rooms ({rooms}), desks ({desks}) or classes to come ({classes})."
    ),
    "event_unknown": N_("The desk only keeps its own courses, and “{name}” is none of them."),
    "event_place": N_("“{name}” is no venue where the desk holds classes."),
    "event_room": N_("Which room of {venue}? Please write one of: {rooms}"),
    "event_days": N_("A class is on one day; this event goes on to {last}."),
    "event_booked": N_("People are booked. Please cancel it in the schedule, where you see them."),
    # underserved neighbourhoods
    "use_rates_missing": N_(
        "Need cannot be estimated: the table of figures lacks internet use of people of 70–79 and "
        "of 80 and older."
    ),
    **MACHINE,
    # trial
    "trial_has_real": N_("There are real records already, so the trial year is not loaded."),
    "trial_loaded": N_("The trial year is loaded already."),
    # papers
    "slip_expired": N_("This slip's address has expired. Please print it again from the desk."),
    "sheet_expired": N_("This sheet's address has expired. Please open it again from the desk."),
}
