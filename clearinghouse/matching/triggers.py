"""What the database itself refuses about rounds, in its own language."""

CERTIFIER_IS_ANOTHER = """
    IF EXISTS (SELECT 1 FROM matching_round r
               WHERE r.id = NEW.round_id AND r.operator_id = NEW.certifier_id)
       OR EXISTS (SELECT 1 FROM matching_run n
                  WHERE n.round_id = NEW.round_id AND n.requested_by_id = NEW.certifier_id)
       OR EXISTS (SELECT 1 FROM accounts_rolegrant g, matching_round r
                  WHERE g.user_id = NEW.certifier_id AND g.role = 'operator'
                    AND r.id = NEW.round_id AND (g.ended_at IS NULL
                        OR g.ended_at > LEAST(r.created_at, r.opened_at)))
    THEN
        RAISE EXCEPTION 'A round is certified by people who do not operate it'
            USING ERRCODE = 'integrity_constraint_violation',
                  CONSTRAINT = 'matching_certification_by_others';
    END IF;
    RETURN NEW;
"""
TWO_CERTIFIERS = """
    IF NEW.status IN ('certified', 'released')
       AND (SELECT count(*) FROM matching_certification c WHERE c.round_id = NEW.id) < 2
    THEN
        RAISE EXCEPTION 'A round needs two certifiers'
            USING ERRCODE = 'integrity_constraint_violation',
                  CONSTRAINT = 'matching_round_two_certifiers';
    END IF;
    RETURN NEW;
"""
SEALED_STAYS = """
    IF OLD.sealed_at IS NOT NULL AND (
        NEW.input_digest <> OLD.input_digest OR NEW.salt <> OLD.salt
        OR NEW.sealed_at IS DISTINCT FROM OLD.sealed_at
        OR NEW.merkle_root <> OLD.merkle_root
        OR (OLD.seed <> '' AND NEW.seed <> OLD.seed)
        OR (OLD.market_digest <> '' AND NEW.market_digest <> OLD.market_digest)
        OR (OLD.plan_digest <> '' AND NEW.plan_digest <> OLD.plan_digest)
        OR (OLD.certified_at IS NOT NULL AND (
            NEW.engine_version <> OLD.engine_version
            OR NEW.certified_at IS DISTINCT FROM OLD.certified_at
            OR NEW.verified_at IS DISTINCT FROM OLD.verified_at)))
    THEN
        RAISE EXCEPTION 'What a round has sealed stays as it is'
            USING ERRCODE = 'integrity_constraint_violation',
                  CONSTRAINT = 'matching_round_sealed_stays';
    END IF;
    RETURN NEW;
"""
# What a run found is what certifiers sign; only what follows from it is still written.
FINISHED_STAYS = """
    IF OLD.status = 'finished' AND (
        NEW.round_id <> OLD.round_id OR NEW.generation <> OLD.generation
        OR NEW.withdrawn <> OLD.withdrawn OR NEW.accepted <> OLD.accepted
        OR NEW.engine_version <> OLD.engine_version
        OR NEW.market_digest <> OLD.market_digest OR NEW.plan_digest <> OLD.plan_digest
        OR NEW.checked_by <> OLD.checked_by
        OR NEW.finished_at IS DISTINCT FROM OLD.finished_at)
    THEN
        RAISE EXCEPTION 'What a run has found stays as it is'
            USING ERRCODE = 'integrity_constraint_violation',
                  CONSTRAINT = 'matching_run_finished_stays';
    END IF;
    RETURN NEW;
"""
ONLY_WHILE_OPEN = """
    IF (SELECT status FROM matching_round WHERE id = NEW.round_id FOR SHARE)
       NOT IN ('planned', 'open') THEN
        RAISE EXCEPTION 'Secrets are committed before the input is sealed'
            USING ERRCODE = 'integrity_constraint_violation',
                  CONSTRAINT = 'matching_secret_before_seal';
    END IF;
    RETURN NEW;
"""
ONLY_WHEN_SEALED = """
    IF NEW.secret <> '' AND (OLD.secret <> '' OR
       (SELECT status FROM matching_round WHERE id = NEW.round_id FOR SHARE) <> 'sealed') THEN
        RAISE EXCEPTION 'Secrets are revealed once, after sealing and before the draw'
            USING ERRCODE = 'integrity_constraint_violation',
                  CONSTRAINT = 'matching_secret_after_seal';
    END IF;
    IF NEW.commitment <> OLD.commitment OR NEW.party <> OLD.party
       OR NEW.round_id <> OLD.round_id THEN
        RAISE EXCEPTION 'A commitment stays as it is'
            USING ERRCODE = 'integrity_constraint_violation',
                  CONSTRAINT = 'matching_secret_commitment_stays';
    END IF;
    RETURN NEW;
"""
# Rules are published before anybody makes a list: the document is there, and its digest is right.
RULES_BEFORE_LISTS = """
    IF OLD.rules_digest <> '' AND NEW.rules_digest <> OLD.rules_digest THEN
        RAISE EXCEPTION 'The rules of a round stay as they were published'
            USING ERRCODE = 'integrity_constraint_violation',
                  CONSTRAINT = 'matching_round_rules_stay';
    END IF;
    IF OLD.status = 'planned' AND NEW.status = 'open' AND NEW.repeat_of_id IS NULL
       AND NOT EXISTS (
           SELECT 1 FROM matching_rulesdocument d WHERE d.round_id = NEW.id
             AND encode(sha256(convert_to(d.text, 'UTF8')), 'hex') = NEW.rules_digest)
    THEN
        RAISE EXCEPTION 'A round opens once its rules are published'
            USING ERRCODE = 'integrity_constraint_violation',
                  CONSTRAINT = 'matching_round_rules_before_lists';
    END IF;
    IF OLD.status = 'open' AND NEW.status = 'sealed' AND NEW.repeat_of_id IS NULL
       AND NEW.input_digest <> '' AND NEW.merkle_root = ''
    THEN
        RAISE EXCEPTION 'A round is sealed with the root over its entries'
            USING ERRCODE = 'integrity_constraint_violation',
                  CONSTRAINT = 'matching_round_sealed_has_root';
    END IF;
    RETURN NEW;
"""
# From the first revealed secret on, the seed can be foreseen by whoever holds the others.
NO_VOID_AFTER_REVEAL = """
    IF OLD.status = 'sealed' AND NEW.status = 'voided' AND EXISTS (
        SELECT 1 FROM matching_seedsecret s WHERE s.round_id = NEW.id AND s.secret <> '')
    THEN
        RAISE EXCEPTION 'A round whose secrets are being revealed is drawn first'
            USING ERRCODE = 'integrity_constraint_violation',
                  CONSTRAINT = 'matching_round_no_void_after_reveal';
    END IF;
    RETURN NEW;
"""
REPEAT_IS_SAME = """
    IF NEW.repeat_of_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM matching_round r
        WHERE r.id = NEW.repeat_of_id AND r.status = 'voided' AND r.salt = NEW.salt
          AND (NEW.status IN ('planned', 'open')
               OR (r.input_digest = NEW.input_digest AND r.merkle_root = NEW.merkle_root
                   AND r.rules_digest = NEW.rules_digest))
          AND (NEW.status IN ('planned', 'open', 'sealed') OR r.seed = NEW.seed))
    THEN
        RAISE EXCEPTION 'A repeat has the entries, the salt and the seed of the voided round'
            USING ERRCODE = 'integrity_constraint_violation',
                  CONSTRAINT = 'matching_round_repeat_is_same';
    END IF;
    RETURN NEW;
"""
# Asked once a round, at its seal; without a round that was voided after its draw it costs nothing.
BOUND_TO_THEIR_DRAW = """
    IF OLD.status = 'open' AND NEW.status = 'sealed' AND EXISTS (
        WITH RECURSIVE chain (id) AS (
            SELECT NEW.repeat_of_id
            UNION
            SELECT r.repeat_of_id FROM matching_round r JOIN chain c ON r.id = c.id
        ), bound (id) AS (
            SELECT r.id FROM matching_round r
            WHERE r.status = 'voided' AND r.seed <> '' AND r.discharged_at IS NULL
              AND r.id NOT IN (SELECT c.id FROM chain c WHERE c.id IS NOT NULL)
        )
        SELECT 1 FROM matching_sealedentry mine
        JOIN matching_sealedentry theirs ON theirs.application_id = mine.application_id
        JOIN bound ON bound.id = theirs.round_id
        WHERE mine.round_id = NEW.id
        UNION ALL
        SELECT 1 FROM matching_sealedposting mine
        JOIN matching_sealedposting theirs ON theirs.quota_id = mine.quota_id
        JOIN bound ON bound.id = theirs.round_id
        WHERE mine.round_id = NEW.id)
    THEN
        RAISE EXCEPTION 'What a drawn round has decided from is decided by that draw only'
            USING ERRCODE = 'integrity_constraint_violation',
                  CONSTRAINT = 'matching_round_bound_to_their_draw';
    END IF;
    RETURN NEW;
"""
DISCHARGED_BY_TWO = """
    IF NEW.discharged_at IS DISTINCT FROM OLD.discharged_at AND (
        OLD.discharged_at IS NOT NULL OR NOT EXISTS (
            WITH RECURSIVE repeats (id) AS (
                SELECT NEW.id
                UNION
                SELECT r.id FROM matching_round r JOIN repeats p ON r.repeat_of_id = p.id
            )
            SELECT d.round_id FROM matching_discharge d JOIN repeats p ON d.round_id = p.id
            GROUP BY d.round_id HAVING count(*) >= 2))
    THEN
        RAISE EXCEPTION 'Two certifiers must agree to give the entries of a drawn round back'
            USING ERRCODE = 'integrity_constraint_violation',
                  CONSTRAINT = 'matching_round_discharged_by_two';
    END IF;
    RETURN NEW;
"""
SELF_TEST_PASSED = """
    IF EXISTS (SELECT 1 FROM matching_selftest t
               WHERE t.round_id = NEW.round_id AND NOT t.passed)
    THEN
        RAISE EXCEPTION 'A round whose self-test is out of bounds is not certified'
            USING ERRCODE = 'integrity_constraint_violation',
                  CONSTRAINT = 'matching_certification_self_test';
    END IF;
    RETURN NEW;
"""
