// Skill routes
// The skills that agents may refer to.
import { z } from 'zod'
import { skillsOf, type SkillsPage } from '../../../machines/skills.ts'
import { answerMs } from '../coordinator.ts'
import { remembered } from '../remember.ts'
import { route } from '../route.ts'
import { name, pageOf, pageQuery, tenantFor } from './shapes.ts'

const skill = z
  .object({ skill: z.string().describe('`name@version`'), description: z.string(), tools: z.array(z.string()), inUse: z.boolean() })
  .meta({ examples: [{ skill: 'citing@1', description: 'Cite every claim.', tools: ['read-file'], inUse: true }] })

/** Each ask is a turn of the actor that keeps them. */
const keptMs = 2_000

export const skillRoutes = [
  route({
    method: 'GET',
    path: '/skills',
    summary: 'Skills of a tenant, by name and version',
    resource: 'skills',
    action: 'read',
    query: pageQuery.extend({ after: name.optional().describe('`next` of the page before') }),
    answer: pageOf(skill),
    run: async ({ parts, tenant, query: { after, limit } }) => {
      const of = tenantFor(tenant, parts)
      const { skills, next } = await remembered(parts, `skills ${of} ${limit} ${after ?? ''}`, { freshMs: keptMs }, () =>
        parts.client.ask<SkillsPage>(
          skillsOf(of),
          { type: 'skills.list', limit, ...(after !== undefined && { after }) },
          { deadlineMs: answerMs },
        ),
      )
      return { rows: skills.map(({ tools, ...one }) => ({ ...one, tools: [...tools] })), next }
    },
  }),
]
