import type { IncomingMessage, ServerResponse } from 'node:http';
import type { SealedCookie } from './cookies.ts';
import { failedPayment, NOT_ENOUGH, SIGNED_OUT } from './failures.ts';
import { render, rows } from './pages.ts';
import type { Receipt } from './payments-api.ts';
import type { Flow, RelyingParty, Session, StepUp } from './relying-party.ts';
import { fail, seeOther, send } from './reply.ts';

/** The payment of the demo: who has not proven enough for it comes back with more, and it is made then. */
export function createPayments(deps: {
  party: RelyingParty;
  sessions: SealedCookie<Session>;
  flows: SealedCookie<Flow>;
  receipts: SealedCookie<Receipt>;
}) {
  const { party, sessions, flows, receipts } = deps;

  async function payWith(
    res: ServerResponse,
    session: Session,
    askForMore: (stepUp: StepUp) => Promise<void> | void,
  ): Promise<void> {
    try {
      const answer = await party.pay(session);
      if ('stepUp' in answer) return await askForMore(answer.stepUp);
      receipts.write(res, answer.receipt);
    } catch (error) {
      return fail(res, failedPayment(error));
    }
    seeOther(res, '/demo/paid');
  }

  return {
    async pay(req: IncomingMessage, res: ServerResponse): Promise<void> {
      const session = sessions.read(req);
      if (!session) return fail(res, SIGNED_OUT);
      await payWith(res, session, async (stepUp) => {
        const { url, flow } = await party.begin(stepUp);
        flows.write(res, { ...flow, isPayment: true });
        seeOther(res, url);
      });
    },

    /** With the session of who was asked for more. Once: what was not enough now will not be with the next try. */
    again: (res: ServerResponse, session: Session): Promise<void> => payWith(res, session, () => fail(res, NOT_ENOUGH)),

    paid(req: IncomingMessage, res: ServerResponse): void {
      const receipt = receipts.read(req);
      if (receipt) send(res, 200, render('paid', { receipt: rows(receipt) }));
      else seeOther(res, '/demo');
    },
  };
}
