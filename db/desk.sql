-- What staff keep in labels.db about single posts: questions to us and what became of them, and quotes with consent.

-- name: answers
select platform, native_id, state, owner, note, link, changed_at, changed_by, by_hand from answers;

-- name: answer
select platform, native_id, state, owner, note, link, changed_at, changed_by, by_hand from answers
where platform = :platform and native_id = :native_id;

-- name: keep_answer
insert into answers(platform, native_id, state, owner, note, link, changed_at, changed_by, by_hand)
values (:platform, :native_id, :state, :owner, :note, :link, :changed_at, :changed_by, :by_hand)
on conflict (platform, native_id) do update set state = excluded.state, owner = excluded.owner, note = excluded.note,
    link = excluded.link, changed_at = excluded.changed_at, changed_by = excluded.changed_by,
    by_hand = max(answers.by_hand, excluded.by_hand);

-- name: quotes
select platform, native_id, text, paraphrase, asked_at, consent, consent_at, consent_link, message, changed_at, changed_by
from quotes order by id desc;

-- name: quote
select platform, native_id, text, paraphrase, asked_at, consent, consent_at, consent_link, message, changed_at, changed_by
from quotes where platform = :platform and native_id = :native_id;

-- name: keep_quote
insert into quotes(
    platform, native_id, text, paraphrase, asked_at, consent, consent_at, consent_link, message, changed_at, changed_by
) values (
    :platform, :native_id, :text, :paraphrase, :asked_at, :consent, :consent_at, :consent_link, :message, :changed_at,
    :changed_by
)
on conflict (platform, native_id) do update set text = excluded.text, paraphrase = excluded.paraphrase,
    asked_at = excluded.asked_at, consent = excluded.consent, consent_at = excluded.consent_at,
    consent_link = excluded.consent_link, message = excluded.message,
    changed_at = excluded.changed_at, changed_by = excluded.changed_by;

-- name: roles
select platform, handle, role, office, changed_at, changed_by from public_roles order by role, platform, handle collate nocase;

-- name: keep_role
insert into public_roles(platform, handle, role, office, changed_at, changed_by)
values (:platform, :handle, :role, :office, :changed_at, :changed_by)
on conflict (platform, handle) do update set role = excluded.role, office = excluded.office, changed_at = excluded.changed_at,
    changed_by = excluded.changed_by;

-- name: drop_role
delete from public_roles where platform = :platform and handle = :handle;
