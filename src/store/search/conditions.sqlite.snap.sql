-- nothing
select "calls"."no" from "calls" where ("calls"."started_at" <= ?
  and ("calls"."started_at" < ? or "calls"."no" < ?))
-- [1,1,2]

-- columns
select "calls"."no" from "calls" where ("calls"."pbx" = ?
  and "calls"."direction" = ?
  and "calls"."lost_stage" = ?
  and "calls"."line" = ?
  and "calls"."trunk" = ?
  and "calls"."responsible" = ?
  and "calls"."queue" = ?
  and "calls"."answered" = ?
  and "calls"."open" = ?
  and "calls"."transferred" = ?
  and "calls"."recorded" = ?
  and "calls"."result_code" = ?
  and "calls"."talk_ms" >= ?)
-- ["main","inbound","ivr","'; drop table calls; --","t","101","q",1,0,1,0,200,1]

-- missed
select "calls"."no" from "calls" where ("calls"."direction" = ?
  and "calls"."answered" = ?)
-- ["inbound",0]

-- not missed
select "calls"."no" from "calls" where ("calls"."direction" <> ? or "calls"."answered" = ?)
-- ["inbound",1]

-- extension
select "calls"."no" from "calls" where ("calls"."responsible" = ? or exists (select 1 as "one" from "legs" where "legs"."call_no" = "calls"."no"
  and "legs"."extension" = ?))
-- ["101","101"]

-- number
select "calls"."no" from "calls" where (select numbers.digits like ? or numbers.e164 like ? from numbers where numbers.id = calls.number_id)
-- ["%7916%","%7916%"]

-- e164
select "calls"."no" from "calls" where (select numbers.e164 = ? from numbers where numbers.id = calls.number_id)
-- ["79161234567"]

-- time
select "calls"."no" from "calls" where ("calls"."started_at" >= ?
  and "calls"."started_at" < ?)
-- [1772323200000,1772409600000]
