/* The month of model/month.py played many times over: the twin of play_runs in model/ensemble.py.

   The laws it calls come before it, translated by translate.py; only this loop is written by hand. */

#include <stdlib.h>

enum { SLOTS = 32, ACTORS = 10 };  /* as in model/luck.py and agents/moves.py */

static World world_at(const double *start) {
    World world;
    world.month = 0;
    memcpy(&world.us, start, sizeof(World) - offsetof(World, us));
    return world;
}

static Adoption shares_at(const int64_t *tally, int64_t developers) {
    const int64_t_5 counts = {{tally[0], tally[1], tally[2], tally[3], tally[4]}};
    return shares_of(&counts, developers);
}

static double *put(double *at, const void *from, size_t bytes, double factor, double divisor) {
    const double *values = from;
    for (size_t i = 0; i < bytes / sizeof(double); i++) *at++ = values[i] * factor / divisor;
    return at;
}

void play_runs(int64_t runs, int64_t months, int64_t developers, const Params *points, const double *starts,
               const Doctrines *doctrines, const double *chances, const double *tastes, const double *revisions,
               const int64_t *script, double *outcomes, int64_t outcome_count) {
    int64_t *stances = malloc((developers + 1) * sizeof *stances);
    const size_t state = (sizeof(World) - offsetof(World, us)) / sizeof(double);
    for (int64_t r = 0; r < runs; r++) {
        const Params *p = &points[r];
        World world = world_at(starts + r * state);
        int64_t tally[5] = {0};
        for (int64_t d = 0; d < developers; d++) {
            stances[d] = first_stance(&world.adoption, (d + 0.5) / developers);
            tally[stances[d]]++;
        }
        if (developers > 0) world.adoption = shares_at(tally, developers);
        Snapshot total = no_snapshot();
        Counts counts = no_counts();
        Payoffs earned = no_payoffs();
        Window window = {0};
        double window_months = 0.0;
        for (int64_t t = 0; t < months; t++) {
            Chances luck;
            memcpy(&luck, chances + (r * months + t) * SLOTS, sizeof luck);
            const int64_t *forced = script + t * ACTORS;
            const World start = world;
            /* 1 Beijing */
            const BeijingMove beijing =
                forced[1] >= 0 ? forced[1] : choose_beijing(&start, doctrines->beijing, luck.beijing, p);
            const World acted = after_beijing(&start, beijing);
            /* 2 the US */
            const double dealmakers = speaker(&acted, luck.us_speaker, p);
            const Voice voice = voice_of(dealmakers, p);
            const UsMove us = forced[0] >= 0 ? forced[0] : choose_us(&acted, doctrines->us, dealmakers, luck.us, p);
            world = after_us(&acted, us, p);
            /* 3 agencies */
            const Irritant irritant = irritant_of(&world, luck.irritant, luck.irritant_breaks, p);
            world = agency_acts(&world, &irritant);
            /* 4 the table */
            Settlement settlement = no_talks();
            if (luck.talks < talks_chance(&world, p))
                settlement = negotiate(&world, doctrines->us, &voice, luck.proposer, luck.acceptance, p);
            world = settled(&world, &settlement, p);
            /* 5 firms, allies, Congress */
            const Exposure netherlands = netherlands_exposure(p), japan = japan_exposure(p);
            const Exposure south_korea = south_korea_exposure(p), taiwan = taiwan_exposure(p);
            const Moves moves = {
                .us = us,
                .beijing = beijing,
                .nvidia = forced[2] >= 0 ? forced[2] : choose_nvidia(&world, doctrines->nvidia, luck.nvidia, p),
                .huawei = forced[3] >= 0 ? forced[3] : choose_huawei(&world, doctrines->huawei, luck.huawei, p),
                .netherlands = forced[4] >= 0 ? forced[4] : choose_ally(
                    &netherlands, &world, doctrines->netherlands, luck.netherlands, p),
                .japan = forced[5] >= 0 ? forced[5] : choose_ally(&japan, &world, doctrines->japan, luck.japan, p),
                .south_korea = forced[6] >= 0 ? forced[6] : choose_ally(
                    &south_korea, &world, doctrines->south_korea, luck.south_korea, p),
                .taiwan = forced[7] >= 0 ? forced[7] : choose_ally(&taiwan, &world, doctrines->taiwan, luck.taiwan, p),
                .congress = forced[8] >= 0 ? forced[8] : choose_congress(&world, luck.congress, p),
                .developers = leading_stance(&world.adoption),
            };
            world = others_act(&world, &moves, p);
            /* 6 developers */
            const Market before = chip_market(&world, p);
            const Appeal look = appeal(&world, &before, p);
            if (developers > 0) {
                for (int64_t d = 0; d < developers; d++) {
                    const double chance = revisions[(r * months + t) * developers + d];
                    tally[stances[d]]--;
                    stances[d] = revise(stances[d], tastes[r * developers + d], &look, chance, p);
                    tally[stances[d]]++;
                }
                world.adoption = shares_at(tally, developers);
            } else {
                world.adoption = many_revise(&world.adoption, &look, p);
            }
            /* 7 payoffs, then physics; 8 beliefs and politics */
            const Market market = chip_market(&world, p);
            const Payoffs payoffs =
                payoffs_of(&start, &acted, &world, &market, &moves, &settlement, &voice, &look, p);
            const Record seen = record_of(&start, &moves, &irritant, &settlement);
            const Snapshot now = snapshot(&world, &market, p);
            total = add_snapshot(&total, &now);
            counts = add_counts(&counts, &start, &moves, &settlement, &seen);
            earned = add_payoffs(&earned, &payoffs);
            if (t + p->regime_window >= months) {
                window = add_window(&window, &now, seen.deal);
                window_months = window_months + 1.0;
            }
            world = next_world(&world, &market, &moves, &seen, luck.bridge, 2.0 * luck.estimate - 1.0, p);
        }
        const Ends ends = ends_of(&world);
        double *at = outcomes + r * outcome_count;
        at = put(at, &total, sizeof total, 1.0, months);
        at = put(at, &ends, sizeof ends, 1.0, 1.0);
        at = put(at, &counts, sizeof counts, 1.0, 1.0);
        at = put(at, &earned, sizeof earned, 12.0, months);
        *at = regime_of(&window, window_months, p);
    }
    free(stances);
}
