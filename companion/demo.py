"""The demo's story: Anne and Birgitte, told with the verbs the views use."""

from datetime import datetime, time, timedelta

from werkzeug.datastructures import MultiDict

from companion.actions.models import Action, Offer, Promise
from companion.agreement.clauses import CLAUSES, PARTS
from companion.agreement.models import Answers, Draft
from companion.agreement.settling import Proposal, Signature, Table
from companion.checkins.models import ITEMS, MidwayNote, Pulse
from companion.db import at, now
from companion.endings.chemistry import Chemistry
from companion.goals.models import Goal, NearestStep, Score
from companion.i18n import local, utc
from companion.meetings.models import AgendaItem, Meeting, Recap
from companion.pairs.models import Invitation, Pair
from companion.people.models import Person
from companion.prompts.own import FAVOURITE, OwnPrompt, PromptMarks
from companion.reflections.models import ExperiencedStyle, Insight, Reflection, SharedPreparation
from companion.strengths.models import Strength, StrengthOffer

ANNE = ("Anne", "anne@example.dk", "lampe skovsti kaffe november brev")
BIRGITTE = ("Birgitte", "birgitte@example.dk", "havn cykel tålmod rugbrød stjerne")

# What the two answer where they do not simply say what most pairs do.
AGREED = {
    "mentee_aim": "At kunne mærke, hvornår jeg siger ja af lyst, og hvornår jeg gør det for at få ro.",
    "mentor_offer": "Tyve år med for mange bolde i luften, og det, jeg lærte af at tabe nogle af dem.",
    "mentor_aim": "At tie stille fem sekunder længere.",
    "success_sign": "Anne en dag siger nej til noget godt for at gøre noget vigtigt færdigt.",
    "out_of_scope": ["pay", "colleagues", "mentors_workplace"],
    "meeting_length": "60",
    "format": "walk",
    "place": "mentor",
    "stance_natural": "3",
    "mentor_limits": "Jeg sidder i et udvalg, der fordeler udbud. Det taler vi udenom.",
    "help_contact": "Mentorkoordinatoren i HR. Hun er på kontoret om onsdagen.",
    "midway": "2",
}
# Where Birgitte answered otherwise, before they had talked about it.
OTHERWISE = {"success_sign": "Anne går hjem til tiden uden at tænke over det.", "meeting_length": "90"}


def tell():
    """Fill the database and give back [(person, passphrase)]."""
    today = local(now()).date()
    start = _clock(today - timedelta(days=96), 9)
    with at(start):
        anne, birgitte = _sign_up(*ANNE), _sign_up(*BIRGITTE)
        invitation, token = Invitation.to_room(anne, birgitte.email, "mentor")
    with at(start + timedelta(days=1)):
        Invitation.find(token).accept(birgitte, token)
        Invitation.latest_of(Pair.get_by_id(invitation.pair_id)).confirm(anne)
        mentee, mentor = _open(anne, invitation.pair_id), _open(birgitte, invitation.pair_id)
        _fill_in(mentee, AGREED)
    with at(start + timedelta(days=2)):
        _fill_in(mentor, AGREED | OTHERWISE)
        _say(mentor, "meeting_length", answer="theirs")
        _say(mentor, "success_sign", answer="theirs")
        _sign(mentor)
    with at(start + timedelta(days=2, hours=3)):
        _sign(mentee)
    _first_meeting(mentee, mentor, today)
    _is_it_a_match(mentee, mentor, today)
    _second_meeting(mentee, mentor, today)
    _strengths_and_goals(mentee, mentor, today)
    _what_is_next(mentee, mentor, today)
    _what_became(mentee, mentor, today)
    _living_by_it(mentee, mentor, today)
    return [(anne, ANNE[2]), (birgitte, BIRGITTE[2])]


def _first_meeting(mentee, mentor, today):
    day = today - timedelta(days=86)
    with at(_clock(day - timedelta(days=4), 20)):
        meeting = _plan(mentee, day, 15, form="open", place="Birgittes kontor, derfra ud at gå")
        _prepare(
            mentee,
            meeting,
            what="Jeg blev spurgt på et teammøde, om jeg kunne tage endnu et udbud. Jeg sagde ja, før jeg havde tænkt. "
            "Bagefter sad jeg til klokken ni tre aftener.",
            so_what="Det betyder noget, fordi jeg er begyndt at glæde mig til at aflyse ting.",
            question="Hvordan opdager jeg, at jeg er ved at sige ja, før jeg har gjort det?",
            now_what="… jeg går derfra med ét tegn, jeg kan kende.",
            style=5,
        )
        SharedPreparation.share(meeting, "all")
    with at(_clock(day - timedelta(days=1), 21)):
        AgendaItem.put(_find(mentor, meeting), "Hvem er vi, og hvad har vi med os?")
    with at(_clock(day, 15)):
        meeting.begin()
        Recap.save_text(meeting, "conversation", "Det begynder i skuldrene. **Det** er tegnet.", rev=0, page="")
        meeting.go_to(4)
    with at(_clock(day, 16)):
        meeting.hold()
        Insight.note(meeting, "Mit mål er ikke at nå mere. Det er at vælge, før kalenderen gør det.", shared=True)
        offered = Offer.make(
            mentor, "Prøv at spørge en kollega til råds, når kalenderen er fuld.", _find(mentor, meeting)
        )
        adopted = Action.plan(
            mentee,
            {"cue": "kalenderen er fuld", "act": "spørger jeg en kollega til råds", "want": "3"},
            offer=Offer.find(mentee, offered.id),
        )
        Promise.make(mentor, "Jeg sender dig min egen liste over ting, jeg er holdt op med.", _find(mentor, meeting))
    with at(_clock(day + timedelta(days=1), 19)):
        _experienced(mentee, mentor, meeting, 2, 3)
    with at(_clock(day + timedelta(days=20), 20)):
        adopted.let_go("Det var ikke råd, jeg manglede.")


def _is_it_a_match(mentee, mentor, today):
    with at(_clock(today - timedelta(days=85), 20)):
        Chemistry.say(mentee, "a good fit")
    with at(_clock(today - timedelta(days=84), 8)):
        Chemistry.say(mentor, "finding out")


def _second_meeting(mentee, mentor, today):
    # Seven weeks after the first, where six are agreed.
    day = today - timedelta(days=35)
    with at(_clock(day - timedelta(days=9), 20)):
        meeting = _plan(mentee, day, 15, theme="priorities", place="En tur rundt om søen")
        _prepare(
            mentee,
            meeting,
            since="Jeg nåede at opdage det én gang. I døren.",
            what="Min uge er fuld, før mandag er omme, og det meste af det er andres.",
            so_what="Jeg vil gerne kunne se på en uge og genkende mig selv i den.",
            question="Hvordan skelner jeg mellem det, der haster, og det, der er mit?",
            now_what="… jeg ved, hvad jeg lader ligge i næste uge.",
            style=3,
        )
        SharedPreparation.share(meeting, "question")
    with at(_clock(day - timedelta(days=1), 8)):
        AgendaItem.put_prompt(_find(mentor, meeting), _prompt("priorities", 4))
        AgendaItem.put_prompt(_find(mentor, meeting), _prompt("priorities", 5))
    with at(_clock(day, 15)):
        meeting.begin()
        Recap.save_text(
            meeting,
            "conversation",
            "Tre slags opgaver: mine, andres og dem, ingen har bedt om.\n\n- Det, der haster, er sjældent mit.\n"
            "- Det, der er mit, har ingen frist.",
            rev=0,
            page="",
        )
        meeting.go_to(4)
    with at(_clock(day, 17)):
        meeting.hold()
        Insight.note(meeting, "Det, der haster, er sjældent mit.", shared=True)
        Insight.note(meeting, "Jeg siger ja for at slippe for stilheden bagefter.", shared=False)
        Insight.note(
            _find(mentor, meeting),
            "Jeg nåede at tie stille i fem sekunder. Det var dér, det kom.",
            shared=True,
        )
        kept = Action.plan(
            mentee,
            {
                "cue": "det er fredag kl. 14",
                "act": "skriver jeg tre linjer om, hvad ugen gik med",
                "obstacle": "Fredagsmødet trækker ud",
                "want": "4",
            },
            meeting=meeting,
        )
        Action.plan(
            mentee,
            {
                "cue": "jeg bliver bedt om noget nyt på et møde",
                "act": "siger jeg: »Jeg vender tilbage i morgen«",
                "obstacle": "Stilheden bagefter",
                "want": "5",
                "look_on": (today + timedelta(days=3)).isoformat(),
            },
            meeting=meeting,
        )
        Promise.make(mentor, "Jeg spørger, om du må låne vores mødefri onsdag.", _find(mentor, meeting))
    with at(_clock(day + timedelta(days=1), 19)):
        _experienced(mentee, mentor, meeting, 3, 4)
        Promise.open_in(mentor)[0].close("kept")
    with at(_clock(day + timedelta(days=2), 9)):
        _say(mentor, "meeting_length", meeting_length="90")
    with at(_clock(day + timedelta(days=2), 18)):
        _say(mentee, "meeting_length", answer="theirs")
        _sign(mentee)
    with at(_clock(day + timedelta(days=2), 20)):
        _sign(mentor)
    with at(_clock(day + timedelta(days=31), 14)):
        kept.complete("done", "Fire fredage af fem. Det blev en vane, jeg glæder mig til.")


def _what_is_next(mentee, mentor, today):
    with at(_clock(today - timedelta(days=43), 12)):
        meeting = _plan(mentee, today + timedelta(days=3), 15, theme="hard-talks", minutes="90",
                        place="Gåtur fra Birgittes kontor, hvis det er tørt")  # fmt: skip
        AgendaItem.put(meeting, "At sige fra opad")
    with at(_clock(today - timedelta(days=6), 20)):
        _prepare(
            mentee,
            meeting,
            since="Sætningen holdt to gange. Den tredje gang sagde jeg ja på vej ud ad døren.",
            what="Min leder spurgte på et teammøde, om jeg kunne tage endnu et udbud. Alle kiggede på mig.",
            so_what="Jeg er begyndt at glæde mig til at aflyse ting. Jeg skrev en mail, men sendte den ikke.",
            question="Hvordan siger jeg til min leder, at jeg har for meget – uden at det lyder, som om jeg ikke kan?",
            now_what="… jeg har én sætning med, jeg tør sige på mandag.",
            style=4,
        )
        SharedPreparation.share(meeting, "all")
    with at(_clock(today - timedelta(days=5), 21)):
        Offer.make(mentor, "Skriv de tre ting ned, du ikke gør i denne uge, og vis din leder dem.")
        AgendaItem.put(_find(mentor, meeting), "Hvad har vi ikke talt om endnu?")
        words = "Hvad ville du sige, hvis du vidste, at jeg kun lyttede?"
        OwnPrompt.put(mentor, {"words": words, "theme": "hard-talks", "stance": "5"})
        PromptMarks.mark(mentor, _prompt("hard-talks", 4), FAVOURITE)
    with at(_clock(today - timedelta(days=3), 20)):
        _say(mentor, "contact_between", contact_between="free")


def _living_by_it(mentee, mentor, today):
    """How each found the meetings, one that was cancelled, and a first line for the midway review."""
    second, first = Meeting.held(mentee)
    for meeting, hers, his in ((first, "343424", "443535"), (second, "454435", "454545")):
        with at(meeting.held_at + timedelta(days=1)):
            for pair, answers in ((mentee, hers), (mentor, his)):
                Pulse.give(_find(pair, meeting), dict(zip(ITEMS, answers, strict=True)))
    with at(_clock(today - timedelta(days=30), 12)):
        gone = _plan(mentee, today - timedelta(days=14), 15, form="open")
    with at(_clock(today - timedelta(days=16), 8)):
        gone.cancel()
    with at(_clock(today - timedelta(days=4), 20)):
        MidwayNote.save_text(mentee, "unsaid", "Hvad vi gør i de uger, hvor ingen af os har tid.", rev=0, page="")


GOAL = {
    "what": "At vælge til og fra i tide",
    "why": "Jeg vil genkende mig selv i min egen uge, og jeg vil hjem til aftensmaden.",
    "level-4": "Jeg foreslår selv, hvad der skal vente.",
    "level-3": "Jeg beder om betænkningstid, når jeg bliver spurgt. Som regel.",
    "level-2": "Jeg siger fra, inden ugen er gået.",
    "level-1": "Jeg siger ja og fortryder samme aften.",
    "level-0": "Jeg siger ja, før spørgsmålet er stillet færdigt.",
}
HELP = {
    "what": "At bede om hjælp, før det brænder",
    "why": "De andre tror, jeg har styr på det hele. Det er ensomt.",
    "level-4": "De andre ved, hvad jeg sidder med, før jeg behøver at spørge.",
    "level-3": "Jeg spørger samme dag, jeg kører fast.",
    "level-2": "Jeg spørger, når jeg har prøvet i to dage.",
    "level-1": "Jeg siger til, når fristen er tæt på, og undskylder for det.",
    "level-0": "Det opdages, når det er for sent.",
}


def _strengths_and_goals(mentee, mentor, today):
    second, first = Meeting.held(mentee)
    before, between = first.starts_at - timedelta(days=2), first.starts_at + timedelta(days=9)
    with at(before):
        Strength.name_one(mentee, {
            "strength": "At høre, hvad et møde egentlig handler om",
            "moment": "To afdelinger skændtes om et skema. Jeg spurgte, hvad de var bange for at miste. Så blev der "
            "stille, og så blev de færdige på ti minutter.",
        })  # fmt: skip
        goal = Goal.write_down(mentee, GOAL | {"now": "-2"})
        NearestStep.take(goal, {"step": "Lægge mærke til det én gang: hvor i kroppen sidder et ja?", "sureness": "9"})
    with at(first.starts_at + timedelta(minutes=50)):
        _score(mentee, first, goal, "-2")
        step = {"step": "Sige »lad mig lige se i kalenderen« én gang på et teammøde.", "sureness": "7"}
        NearestStep.take(goal, step)
        help_ = Goal.write_down(mentee, HELP | {"now": "-1"})
    with at(between):
        seen = StrengthOffer.make(
            mentor, "Da vi gik, gentog du det, jeg havde sagt, bare klarere. Jeg forstod det selv bedre bagefter."
        )
        StrengthOffer.make(mentor, "Du skriver mails, man gerne vil læse. Den om skemaet var seks linjer.")
    with at(between + timedelta(days=2)):
        named = {
            "strength": "At sige andres tanker, så de selv kan høre dem",
            "moment": "Min leder vendte tilbage til en sætning, jeg havde sagt for hende. Hun troede, den var hendes. "
            "Det gjorde ikke noget.",
        }
        Strength.name_one(mentee, named, StrengthOffer.find(mentee, seen.id))
    with at(second.starts_at + timedelta(minutes=10)):
        _score(mentee, second, goal, "1", "Jeg sagde: »Jeg vender tilbage i morgen.« Ingen spurgte hvorfor.")
        _score(mentor, second, goal, "1", "Du fortalte det, som om det var ingenting. Det er det ikke.")
        _score(mentee, second, help_, "0", "Budgettet. Jeg prøvede i to dage, og så gik jeg ind og spurgte.")
        NearestStep.take(goal, {"step": "Sige sætningen højt én gang før mandagsmødet.", "sureness": "8"})
        NearestStep.take(help_, {"step": "Spørge om budgettet onsdag, også hvis jeg tror, jeg kan selv.",
                                 "sureness": "6", "keep": "1"})  # fmt: skip


def _score(pair, meeting, goal, level, moment=""):
    goal = Goal.find(pair, goal.id)
    Score.give(goal, _find(pair, meeting), {"level": level, "moment": moment, "version": str(goal.version)})


def _what_became(mentee, mentor, today):
    """Plans that went on, an idea set aside, promises with what became of them."""
    second = Meeting.held(mentee).first()
    seen = next(one for one in Insight.from_meetings(mentee, [second])[second.id] if one.text.startswith("Det, der"))
    with at(_clock(today - timedelta(days=33), 20)):
        typed = {"cue": "en mail haster", "act": "spørger jeg mig selv, hvis hast det er", "want": "4"}
        asked = Action.plan(mentee, typed, insight=seen)
        Promise.make(mentee, "Jeg skriver, når jeg har brugt sætningen første gang.", second)
        Promise.make(mentor, "Jeg finder artiklen om møder frem.", _find(mentor, second))
        Offer.make(mentor, "Læg en time i kalenderen hver mandag, som kun er din.", _find(mentor, second))
    with at(_clock(today - timedelta(days=31), 8)):
        moved = Action.plan(mentee, {"cue": "jeg åbner kalenderen mandag", "act": "flytter jeg ét møde", "want": "2"})
    with at(_clock(today - timedelta(days=24), 20)):
        moved.complete("not_done", "Jeg ville det ikke nok.", "Der var altid en grund til, at mødet skulle blive.")
        next(one for one in Promise.open_in(mentee) if one.is_mine).close("kept", "Jeg skrev fra toget samme aften.")
        lost = next(one for one in Promise.open_in(mentor) if one.text.startswith("Jeg finder"))
        lost.close("let_go", "Jeg kunne ikke finde den, og du har læst det meste.")
    with at(_clock(today - timedelta(days=20), 20)):
        asked.complete("partly", "Det hjælper at spørge, før jeg åbner den.", "Hver anden gang nåede jeg det.")
    with at(_clock(today - timedelta(days=8), 20)):
        said = next(plan for plan in Action.open_in(mentee) if plan.cue.startswith("jeg bliver bedt"))
        said.replan(
            {
                "cue": "jeg bliver spurgt på vej ud ad en dør",
                "act": "siger jeg kun: »I morgen«",
                "obstacle": "Jeg har allerede hånden på håndtaget",
                "want": "5",
                "look_on": (today + timedelta(days=3)).isoformat(),
            },
            "På et møde holder sætningen. På gangen er den for lang.",
        )
    with at(_clock(today - timedelta(days=4), 20)):
        Offer.waiting(mentee)[0].park()


def _sign_up(name, email, passphrase):
    person = Person.sign_up(name=name, email=email, passphrase=passphrase, language="da")
    slot = person.slot("recovery")
    groups = slot.code(person.vault).split("-")
    slot.confirm(person.vault, [groups[n - 1] for n in slot.asked])
    return person


def _open(person, pair_id):
    return Pair.opened_by(person, pair_id)


def _fill_in(pair, said):
    """All five cards, what is `said` and otherwise as most pairs have it; then ready."""
    for part in PARTS:
        clauses = [clause for clause in CLAUSES if clause.part == part and clause.of(pair.role)]
        usual = {clause.key: clause.usual(pair) for clause in clauses if clause.kind != "chips"}
        Draft.save_card(pair, part, MultiDict(usual | said), rev=0, page="")
    Answers.give(pair)


def _say(pair, key, **typed):
    Proposal.make(pair, key, MultiDict(typed), seen=Table.of(pair).lines[key].latest)


def _sign(pair):
    Signature.give(pair, seen=Table.of(pair).latest)


def _plan(pair, day, hour, *, theme="", form="theme", place="", minutes="60"):
    typed = {"day": day.isoformat(), "time": f"{hour}:00", "minutes": minutes, "form": form, "theme": theme}
    return Meeting.plan(pair, typed | {"place": place})


def _prepare(pair, meeting, *, style, **answers):
    for step, words in answers.items():
        Reflection.save_text(pair, meeting, step, words, rev=0, page="", style=style)


def _experienced(mentee, mentor, meeting, by_mentee, by_mentor):
    ExperiencedStyle.mark(_find(mentee, meeting), by_mentee)
    ExperiencedStyle.mark(_find(mentor, meeting), by_mentor)


def _find(pair, meeting):
    return Meeting.find(pair, meeting.id)


def _prompt(theme, step):
    from companion.prompts.models import library

    return library().choose(theme=theme, step=step)[0].id


def _clock(day, hour) -> datetime:
    return utc(day, time(hour))
